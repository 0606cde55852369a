import Foundation
import Synchronization

/// Ctrl-C during work that can be taken up again: the first is noted, so that what is under way comes to its end; the second ends the
/// process at once.
enum Interruption {
    private static let isNoted = Atomic(false)

    static func watch() {
        // Made here, since a handler of signals may not make it.
        isNoted.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in
            Interruption.isNoted.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }

    /// - Throws: When Ctrl-C was pressed.
    static func check() throws {
        if isNoted.load(ordering: .relaxed) { throw CommandFailure("interrupted", code: .interrupted) }
    }
}
