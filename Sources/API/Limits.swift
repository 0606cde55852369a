/// How large requests and answers may be, in bytes.
public struct Limits: Sendable {
    public var bodyBytes: Int
    public var answerBytes: Int
    /// The answer travels as a string inside another JSON text, where each quote and backslash takes two bytes.
    public var escapesAnswers: Bool

    public init(bodyBytes: Int, answerBytes: Int, escapesAnswers: Bool = false) {
        self.bodyBytes = bodyBytes
        self.answerBytes = answerBytes
        self.escapesAnswers = escapesAnswers
    }

    /// Lambda's 6 MB for an event and for its answer, less what the answer's envelope takes.
    ///
    /// Source: AWS Lambda Developer Guide, "Lambda quotas", invocation payload.
    public static let lambda = Limits(
        bodyBytes: 6_291_456, answerBytes: 6_291_456 - 4096, escapesAnswers: true)

    /// A local server's: as much as a client may wish, and not all the memory.
    public static let local = Limits(bodyBytes: 32 << 20, answerBytes: 32 << 20)

    /// The bytes that an answer takes where it is limited.
    func size(of answer: [UInt8]) -> Int {
        guard escapesAnswers else { return answer.count }
        return answer.reduce(answer.count) { size, byte in
            size + (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0)
        }
    }
}
