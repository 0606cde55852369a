import HTTPClient
import JSON
import Whiplash

/// The way to one API: sends requests, again where that may help, and gives answers or errors.
///
/// Every request of the API may be sent twice: writes leave what they leave once.
struct Connection: Sendable {
    let url: String
    let apiKey: String
    let transport: any HTTPTransport
    let options: RemoteDatabase.Options

    /// An answer of 200, and whether an attempt before it may have been carried out without telling.
    struct Answer {
        var body: [UInt8]
        var mayBeSecond = false
    }

    /// - Parameters:
    ///   - path: Begins with `/`, percent-encoded.
    ///   - subject: What the request is about, for an answer that does not say what is missing.
    /// - Throws: The error that the answer tells of; `store` when there is none after the last attempt.
    func send(
        _ method: String, _ path: String, body: [UInt8] = [], about subject: Subject
    ) async throws(Refusal) -> Answer {
        var mayBeSecond = false
        var attempt = 1
        while true {
            let outcome = await tryOnce(method, path, body)
            let refusal: Refusal
            switch outcome {
            case .answer(let answer) where (200..<300).contains(answer.status):
                return Answer(body: answer.body, mayBeSecond: mayBeSecond)
            case .answer(let answer): refusal = Refusal(answer, subject, url: url, mayBeSecond: mayBeSecond)
            case .nothing(let error): refusal = Refusal(error, url: url, mayBeSecond: mayBeSecond)
            }
            // What an earlier attempt began may be under way still; a condition fails for good.
            let mayPass = refusal.isPassing || (mayBeSecond && refusal.isOfOthers)
            guard mayPass,
                let wait = options.retry.wait(
                    after: attempt, asked: refusal.retryAfter, chance: options.chance())
            else { throw refusal }
            if refusal.mayBeDone { mayBeSecond = true }
            do { try await options.sleep(wait) } catch { throw Refusal(.cancelled, url: url) }
            attempt += 1
        }
    }

    /// Reads an answer's body.
    func read<Value>(
        _ body: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(Refusal) -> Value {
        do {
            return try JSONReader.read(body, read)
        } catch {
            throw Refusal(unreadable: error, url: url)
        }
    }

    private enum Outcome {
        case answer(HTTPResponse)
        case nothing(HTTPTransportError)
    }

    private func tryOnce(_ method: String, _ path: String, _ body: [UInt8]) async -> Outcome {
        let request = HTTPRequest(
            method: method, url: url + path,
            headers: [("x-api-key", apiKey), ("Content-Type", "application/json")], body: body,
            timeout: options.timeout)
        do {
            return .answer(try await transport.send(request))
        } catch {
            return .nothing(error)
        }
    }
}

extension Connection: CustomReflectable, CustomStringConvertible {
    /// The key stays out.
    var description: String { url }
    var customMirror: Mirror { Mirror(self, children: ["url": url]) }
}
