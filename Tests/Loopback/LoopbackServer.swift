import Foundation
import Synchronization

/// A server on 127.0.0.1 that behaves, by path, as servers on a bad day do.
///
/// `@unchecked Sendable`: what its threads share is behind `seen`, which locks itself.
public final class LoopbackServer: @unchecked Sendable {
    /// What has come in so far.
    public struct Seen: Sendable {
        public var connections = 0
        public var closed = 0
        public var requests: [String] = []
        /// Connections up to this number take what comes in and give nothing.
        fileprivate var silent = 0
    }

    private let state = Mutex(Seen())
    public let port: UInt16
    private let listener: Int32

    public init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.acceptConnections() }
    }

    public var seen: Seen { state.withLock { $0 } }

    /// From now on the connections there are stay silent; new ones are answered.
    public func silence() { state.withLock { $0.silent = $0.connections } }

    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    private func acceptConnections() {
        while true {
            let socket = accept(listener, nil, nil)
            if socket < 0 { return }
            let number = state.withLock { seen in
                seen.connections += 1
                return seen.connections
            }
            Thread.detachNewThread {
                while let request = self.readRequest(socket) {
                    if self.state.withLock({ number <= $0.silent }) { continue }
                    if !self.answer(request, socket, number) { break }
                }
                self.state.withLock { $0.closed += 1 }
                close(socket)
            }
        }
    }

    /// One request, head and body, as text; nil when the client has gone.
    private func readRequest(_ socket: Int32) -> String? {
        var text = ""
        while true {
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.firstMatch(of: /Content-Length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
                if text[end.upperBound...].utf8.count >= length { break }
            }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        state.withLock { $0.requests.append(text) }
        return text
    }

    /// - Returns: Whether the connection stays.
    private func answer(_ request: String, _ socket: Int32, _ connection: Int) -> Bool {
        let path = request.split(separator: " ")[1]
        switch path {
        case "/drop": return false
        case "/half":
            write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.", socket)
            return false
        case "/never":
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, 0) > 0
        case "/slow":  // begins its answer after half a second
            Thread.sleep(forTimeInterval: 0.5)
            write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow", socket)
        case "/json/":
            write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", socket)
        case "/once":  // answers, then closes without a word
            write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", socket)
            return false
        case "/interim":
            write(
                "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 2\r\nContent-Length: 0\r\n\r\n",
                socket)
        case "/chunked":
            write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
                socket)
        case "/encoded":
            write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw", socket)
        case "/redirect":
            write("HTTP/1.1 302 Found\r\nLocation: /drop\r\nContent-Length: 0\r\n\r\n", socket)
        case "/connection":
            let body = "\(connection)"
            write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", socket)
        default:
            write(
                "HTTP/1.1 404 Nothing Here\r\nX-Path: \(path)\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)",
                socket)
        }
        return true
    }

    private func write(_ text: String, _ socket: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = send(socket, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
            if count <= 0 { return }
            sent += count
        }
    }
}
