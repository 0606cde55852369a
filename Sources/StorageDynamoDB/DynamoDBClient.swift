import AWS
import FoundationEssentials
import HTTPClient
import Synchronization

/// Calls of DynamoDB's low-level API (JSON 1.0): signed, verified, tried again.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB low-level API".
struct DynamoDBClient: Sendable {
    let endpoint: String
    let transport: any HTTPTransport
    let signer: Signer
    let credentials: CredentialsCache
    let options: DynamoDBStore.Options
    let surroundings: Surroundings
    let budget: RetryBudget

    /// One call, tried again as the policy says and within the options' deadline.
    ///
    /// - Parameter isRepeatable: False for a call that must not be sent twice without our knowing.
    /// - Returns: The answer's JSON.
    func call(
        _ operation: String, _ body: [UInt8], isRepeatable: Bool = true
    ) async throws(DynamoDBFailure) -> [UInt8] {
        let deadline = surroundings.now() + options.deadline.seconds + options.transferAllowance(body)
        var (attempt, wasTried, needsNewConnection) = (1, false, !isRepeatable)
        while true {
            do throws(DynamoDBFailure) {
                let request = try request(
                    operation, body, onNewConnection: needsNewConnection, until: deadline)
                let answer = try await answer(to: request)
                budget.recordSuccess(afterRetry: attempt > 1)
                return answer
            } catch {
                var failure = error
                failure.wasTriedBefore = wasTried
                try await prepareRetry(after: failure, attempt: attempt, until: deadline)
                wasTried = wasTried || failure.mayHaveHappened
                // Where one kept connection was dead, the next may be.
                if case .noAnswer = failure.kind { needsNewConnection = true }
                attempt += 1
            }
        }
    }

    /// Waits until the next attempt may begin; throws the failure when there is to be none.
    private func prepareRetry(
        after failure: DynamoDBFailure, attempt: Int, until deadline: Date
    ) async throws(DynamoDBFailure) {
        guard let retry = failure.retry,
            let wait = options.retry.wait(
                after: retry, attempt: attempt, remaining: remaining(until: deadline),
                chance: surroundings.chance()),
            budget.takeRetry()
        else { throw failure }
        if case .stale = retry { credentials.forget() }
        try await pause(wait)
    }

    func pause(_ duration: Duration) async throws(DynamoDBFailure) {
        do { try await surroundings.sleep(duration) } catch { throw DynamoDBFailure(.cancelled) }
    }

    private func remaining(until deadline: Date) -> Duration {
        .milliseconds(Int(deadline.timeIntervalSince(surroundings.now()) * 1000))
    }

    /// A request signed for this moment.
    private func request(
        _ operation: String, _ body: [UInt8], onNewConnection: Bool, until deadline: Date
    ) throws(DynamoDBFailure) -> HTTPRequest {
        let allowance = Duration.seconds(options.transferAllowance(body))
        var request = HTTPRequest(
            method: "POST", url: endpoint,
            headers: [
                ("Content-Type", "application/x-amz-json-1.0"),
                ("X-Amz-Target", "DynamoDB_20120810.\(operation)"),
            ], body: body, timeout: min(options.attemptTimeout + allowance, remaining(until: deadline)),
            needsNewConnection: onNewConnection,
            keptConnectionSilence: options.keptConnectionSilence + allowance)
        if options.acceptsGzip { request.headers.append(("Accept-Encoding", "gzip")) }
        do {
            return signer.sign(request, with: try credentials.current(), at: surroundings.now())
        } catch {
            throw DynamoDBFailure(.credentials(error))
        }
    }

    private func answer(to request: HTTPRequest) async throws(DynamoDBFailure) -> [UInt8] {
        let response: HTTPResponse
        do { response = try await transport.send(request) } catch {
            throw DynamoDBFailure(.noAnswer(error))
        }
        let body = try verifiedBody(of: response)
        if response.status != 200 { throw DynamoDBFailure(status: response.status, body: body) }
        return body
    }

    /// The checksum is that of the bytes on the wire, compressed or not.
    private func verifiedBody(of response: HTTPResponse) throws(DynamoDBFailure) -> [UInt8] {
        if let checksum = response.header("x-amz-crc32"), checksum != "\(crc32(of: response.body))" {
            throw DynamoDBFailure(.brokenAnswer(reason: "an answer whose checksum is wrong"))
        }
        guard response.header("content-encoding")?.lowercased() == "gzip" else { return response.body }
        guard let body = inflateGzip(response.body, limitBytes: options.answerBytes) else {
            throw DynamoDBFailure(.brokenAnswer(reason: "an answer that does not inflate"))
        }
        return body
    }
}

/// Credentials as last read, until the service refuses them.
final class CredentialsCache: Sendable {
    private let settings: AWSSettings
    private let cached: Mutex<Credentials?>

    /// Reads them at once, so that what is missing is told at the start.
    init(_ settings: AWSSettings) throws(AWSSettingsError) {
        self.settings = settings
        cached = Mutex(try settings.credentials())
    }

    func current() throws(AWSSettingsError) -> Credentials {
        if let credentials = cached.withLock({ $0 }) { return credentials }
        let credentials = try settings.credentials()
        cached.withLock { $0 = credentials }
        return credentials
    }

    func forget() { cached.withLock { $0 = nil } }
}

extension DynamoDBStore.Options {
    /// Seconds more for a large body on a slow line (100 KB a second).
    fileprivate func transferAllowance(_ body: [UInt8]) -> Double { Double(body.count) / 100_000 }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
