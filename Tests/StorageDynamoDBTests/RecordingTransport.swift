import HTTPClient
import Synchronization

/// Counts what another transport carries.
final class RecordingTransport: HTTPTransport {
    struct Record {
        var requests = 0
        var sentBytes = 0
        var receivedBytes = 0
        var underWay = 0
        var mostAtATime = 0
    }

    private let inner: any HTTPTransport
    private let state = Mutex(Record())

    init(_ inner: any HTTPTransport) { self.inner = inner }

    var record: Record { state.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        state.withLock { record in
            record.requests += 1
            record.sentBytes += request.body.count
            record.underWay += 1
            record.mostAtATime = max(record.mostAtATime, record.underWay)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        await Task.yield()
        let response = try await inner.send(request)
        state.withLock { $0.receivedBytes += response.body.count }
        return response
    }
}
