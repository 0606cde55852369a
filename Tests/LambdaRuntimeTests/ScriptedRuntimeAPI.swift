import Foundation
import Synchronization

/// Lambda's Runtime API on 127.0.0.1, which gives the events and the refusals of a script, and keeps what it was sent.
///
/// `@unchecked Sendable`: what its threads share is behind `state`, which locks itself.
final class ScriptedRuntimeAPI: @unchecked Sendable {
    /// What to do with one request.
    enum Step: Sendable {
        /// Answers, with these headers and this body.
        case answer(Int, headers: [String] = [], body: [UInt8] = [])
        /// Closes the connection without a word.
        case drop
        /// Closes it in the middle of the answer.
        case breakOff
    }

    struct Received: Sendable {
        var method: String
        var path: String
        /// As sent.
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var events: [Step]
        var replies: [Step]
        var received: [Received] = []
        var connections = 0
    }

    let port: UInt16
    private let state: Mutex<State>
    private let listener: Int32

    /// - Parameters:
    ///   - events: What each `next` gets, in order; then 500, which ends a loop.
    ///   - replies: What each answer and error gets, in order; then 202.
    init(events: [Step], replies: [Step] = []) throws {
        state = Mutex(State(events: events, replies: replies))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try listenOnLoopback(listener)
        Thread.detachNewThread { self.acceptConnections() }
    }

    deinit { close(listener) }

    var host: String { "127.0.0.1:\(port)" }

    /// All that came in, in order.
    var received: [Received] { state.withLock(\.received) }

    /// The answers and errors that came in, in order.
    var posts: [Received] { received.filter { $0.method == "POST" } }

    var connections: Int { state.withLock(\.connections) }

    private func acceptConnections() {
        while true {
            let socket = accept(listener, nil, nil)
            if socket < 0 { return }
            state.withLock { $0.connections += 1 }
            Thread.detachNewThread {
                while let request = Self.read(socket), self.answer(request, socket) {}
                close(socket)
            }
        }
    }

    /// - Returns: Whether the connection stays.
    private func answer(_ request: Received, _ socket: Int32) -> Bool {
        switch step(for: request) {
        case .answer(let status, let headers, let body):
            let head = ["HTTP/1.1 \(status) Scripted", "content-length: \(body.count)"] + headers
            return write(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body, socket)
        case .drop: return false
        case .breakOff:
            _ = write(Array("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nten bytes.".utf8), socket)
            return false
        }
    }

    private func step(for request: Received) -> Step {
        state.withLock { state in
            state.received.append(request)
            if request.method == "GET" {
                return state.events.isEmpty ? .answer(500) : state.events.removeFirst()
            }
            return state.replies.isEmpty ? .answer(202) : state.replies.removeFirst()
        }
    }
}

// MARK: HTTP over a socket

extension ScriptedRuntimeAPI {
    /// One request; nil when the client has gone.
    fileprivate static func read(_ socket: Int32) -> Received? {
        var bytes: [UInt8] = []
        var head: Received?
        var start = 0
        while true {
            if head == nil, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                head = Received(head: String(decoding: bytes[..<end.lowerBound], as: UTF8.self))
                start = end.upperBound
            }
            if var request = head {
                let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
                if bytes.count >= start + length {
                    request.body = Array(bytes[start..<start + length])
                    return request
                }
            }
            guard let more = receive(socket) else { return nil }
            bytes += more
        }
    }

    private static func receive(_ socket: Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? buffer[..<count] : nil
    }

    private func write(_ bytes: [UInt8], _ socket: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension ScriptedRuntimeAPI.Received {
    fileprivate init(head: String) {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        method = words[0]
        path = words[1]
        headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        body = []
    }
}

/// Binds the socket to a free port of 127.0.0.1 and listens.
private func listenOnLoopback(_ socket: Int32) throws -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &size) == 0
        }
    }
    guard listens else { throw POSIXError(.EADDRNOTAVAIL) }
    return UInt16(bigEndian: address.sin_port)
}
