import Storage
import Synchronization

/// What each key has had read and written, by the key's name. A process counts for itself, from its start.
final class KeyTotals: Sendable {
    private let meters = Mutex<[String: StoreMeter]>([:])

    /// The meter of a key of this name, made when it is first asked for: there are no more than keys.
    func meter(_ name: String) -> StoreMeter {
        meters.withLock { meters in
            if let meter = meters[name] { return meter }
            let meter = StoreMeter()
            meters[name] = meter
            return meter
        }
    }

    var all: [(name: String, meter: StoreMeter)] {
        meters.withLock { meters in meters.map { ($0.key, $0.value) } }.sorted { $0.name < $1.name }
    }
}
