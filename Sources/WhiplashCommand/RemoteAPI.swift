import Foundation
import HTTPClient

/// A running Whiplash server, as the command speaks with it.
struct RemoteAPI: Sendable {
    let url: String
    let apiKey: String
    let transport: any HTTPTransport

    /// Sends a request and gives the body of the answer.
    ///
    /// - Parameter accepted: Statuses besides 2xx whose answer is wanted.
    /// - Throws: `CommandFailure` in words for a person, with the server's own message.
    @discardableResult
    func send(_ method: String, _ path: String, json: String? = nil, accepting accepted: Set<Int> = [])
        async throws -> Data
    {
        let request = HTTPRequest(
            method: method, url: url + path,
            headers: [("x-api-key", apiKey), ("Content-Type", "application/json")],
            body: Array((json ?? "").utf8), timeout: .seconds(60))
        let response: HTTPResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw CommandFailure("no answer from \(url): \(error); is the server running? (whiplash serve)")
        }
        if (200..<300).contains(response.status) || accepted.contains(response.status) {
            return Data(response.body)
        }
        let body = String(decoding: response.body, as: UTF8.self)
        throw CommandFailure("\(method) \(path) was answered with \(response.status): \(body)")
    }
}
