import Foundation
import ItemFiles
import JSON

/// How far an import or export has come, in a small file beside the one that it reads or writes.
///
/// It is there as long as the work is not done, and says what it belongs to, so that other work is not taken up by mistake.
struct TransferState: Codable, Equatable {
    /// What is being done: direction, place, collection and its birth, file and options.
    var work: [String]
    /// Items that are done.
    var count = 0
    /// Of an import: where the next item begins.
    var offset = 0
    var line = 0
    var idsOffset = 0
    /// Of an export: the page to go on with, and the length of each file at that point.
    var cursor: String?
    var lengths: [Int] = []

    init(work: [String]) { self.work = work }

    var position: FilePosition {
        get { FilePosition(offset: offset, line: line, idsOffset: idsOffset) }
        set { (offset, line, idsOffset) = (newValue.offset, newValue.line, newValue.idsOffset) }
    }
}

/// The file of a `TransferState`.
struct TransferStateFile {
    let path: String

    init(beside path: String, _ direction: String) { self.path = "\(path).\(direction)-state" }

    /// What is kept, if it is of the same work.
    ///
    /// - Throws: When there is none, or it is of other work.
    func resumed(_ work: [String]) throws -> TransferState {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                "there is nothing to resume: no file \(path). Leave --resume out.", code: .notFound)
        }
        guard let state = try? JSONDecoder().decode(TransferState.self, from: data) else {
            throw CommandFailure("\(path) cannot be read; leave --resume out to begin anew.", code: .refused)
        }
        if state.work == work { return state }
        let difference = zip(state.work, work).first { $0 != $1 }
        throw CommandFailure(
            "\(path) is of other work (\(difference?.0 ?? "?") then, \(difference?.1 ?? "?") now); leave --resume out to begin anew.",
            code: .refused)
    }

    /// Keeps a state: after a crash either the old one or the new one is there.
    func save(_ state: TransferState) throws {
        do {
            try JSONEncoder().encode(state).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(
                "cannot write \(path), which keeps how far the work has come; --no-state does without it")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
