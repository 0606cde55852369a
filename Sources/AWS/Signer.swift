import FoundationEssentials
import HTTPClient
import Synchronization

/// Signs requests to one service in one region with Signature Version 4.
///
/// Signed are all headers of the request but those that a proxy may change. `Host` is signed as
/// libcurl sends it, with a port that is not the scheme's own. The path is encoded once more, as every service but S3 wants.
///
/// Source: AWS, "Create a signed AWS API request" (IAM User Guide).
public final class Signer: Sendable {
    private let service: String
    private let region: String
    private let cachedKey = Mutex<SigningKey?>(nil)

    public init(service: String, region: String) {
        self.service = service
        self.region = region
    }

    /// The request with `X-Amz-Date`, `Authorization` and, for temporary keys, `X-Amz-Security-Token`.
    ///
    /// - Parameter date: The time now. Services refuse one more than five minutes off, so each attempt is signed anew.
    public func sign(_ request: HTTPRequest, with credentials: Credentials, at date: Date) -> HTTPRequest {
        let time = timestamp(date)
        var signed = request
        signed.headers.append(("X-Amz-Date", time))
        if let token = credentials.sessionToken { signed.headers.append(("X-Amz-Security-Token", token)) }
        let canonical = CanonicalRequest(signed)
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(hexadecimal(sha256(canonical.text.utf8)))"
        let signature = hexadecimal(hmacSHA256(text.utf8, key: key(credentials, day: String(time.prefix(8)))))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        signed.headers.append(("Authorization", authorization))
        return signed
    }

    /// Good for a day, and so kept.
    private func key(_ credentials: Credentials, day: String) -> [UInt8] {
        cachedKey.withLock { cached in
            if let cached, cached.day == day, cached.secret == credentials.secretAccessKey {
                return cached.bytes
            }
            let start = Array("AWS4\(credentials.secretAccessKey)".utf8)
            let bytes = [day, region, service, "aws4_request"].reduce(start) { key, part in
                hmacSHA256(part.utf8, key: key)
            }
            cached = SigningKey(day: day, secret: credentials.secretAccessKey, bytes: bytes)
            return bytes
        }
    }
}

private struct SigningKey {
    let day: String
    let secret: String
    let bytes: [UInt8]
}

/// As `20150830T123600Z`, in UTC.
private func timestamp(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
    return date.formatted(style)
}
