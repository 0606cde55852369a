import HTTPClient
import JSON
import Storage
import Whiplash

/// What a request is about: of its three names those that it has.
struct Subject: Sendable {
    var resource: Resource
    var name: String
}

/// Why a request was not answered with what it asked for.
struct Refusal: Error {
    /// What the caller of the library is told.
    var error: WhiplashError
    /// The API's code, where the answer has one.
    var code: String?
    /// Whether the same request may succeed a little later.
    var isPassing: Bool
    /// Whether the request may have been carried out, although nothing says so.
    var mayBeDone: Bool
    var retryAfter: Duration?
    /// Whether an attempt before this one may have been carried out.
    var mayBeSecond: Bool

    /// Whether others were at the same.
    var isOfOthers: Bool { if case .conflict = error { true } else { false } }

    /// Whether a condition did not hold, perhaps because an attempt before this one was carried out.
    var isOfConditionMetBefore: Bool {
        if case .conditionFailed = error { mayBeSecond } else { false }
    }

    init(_ failure: HTTPTransportError, url: String, mayBeSecond: Bool = false) {
        self.mayBeSecond = mayBeSecond
        switch failure {
        case .cancelled: (error, isPassing) = (.store(.cancelled), false)
        case .timedOut: (error, isPassing) = (.unreachable(url, "no answer in time"), true)
        case .connection(let reason): (error, isPassing) = (.unreachable(url, reason), true)
        case .unsendable(let reason): (error, isPassing) = (.unreachable(url, reason), false)
        case .answerTooLarge(let limit):
            (error, isPassing) = (.unreachable(url, "an answer of more than \(limit) bytes"), false)
            code = "answer_too_large"
        }
        mayBeDone = isPassing
    }

    init(_ answer: HTTPResponse, _ subject: Subject, url: String, mayBeSecond: Bool = false) {
        self.mayBeSecond = mayBeSecond
        let fault = AnswerFault(answer.body)
        code = fault?.code
        error = WhiplashError(status: answer.status, fault, subject, url: url)
        isPassing = Self.isPassing(status: answer.status, code)
        mayBeDone = answer.status >= 500
        retryAfter = answer.header("Retry-After").flatMap { Int($0) }.map { .seconds(max(0, $0)) }
    }

    /// A rule that is broken before anything is sent.
    init(_ error: WhiplashError) {
        self.error = error
        (isPassing, mayBeDone, mayBeSecond) = (false, false, false)
    }

    /// An answer of 200 that is not what the API answers.
    init(unreadable error: JSONError, url: String) {
        self.error = .unreachable(url, "an answer that cannot be read: \(error)")
        (isPassing, mayBeDone, mayBeSecond) = (false, true, false)
    }

    private static func isPassing(status: Int, _ code: String?) -> Bool {
        switch code {
        // A right or setting that is missing, or stored bytes that cannot be read, stay so.
        case "misconfigured", "unreadable": false
        default: status == 429 || status >= 500
        }
    }
}

extension WhiplashError {
    static func unreachable(_ url: String, _ reason: String) -> WhiplashError {
        .store(.unavailable(store: url, reason: reason))
    }
}

/// The body of an answer that is an error: the API's own, or the gateway's, which has a message alone.
struct AnswerFault {
    var status: Int?
    var code: String?
    var message = ""
    var field: String?
    /// Where a condition did not hold: the version that is stored.
    var version: ItemVersion?

    init?(_ body: [UInt8]) {
        var (fault, message) = (AnswerFault?.none, String?.none)
        do {
            try JSONReader.read(body) { reader throws(JSONError) in
                try reader.readObject { name, reader throws(JSONError) in
                    switch name {
                    case "error" where try reader.peekKind() == .object:
                        fault = try AnswerFault(json: &reader)
                    case "message" where try reader.peekKind() == .string: message = try reader.readString()
                    default: try reader.skip()
                    }
                }
            }
        } catch {
            return nil
        }
        guard var read = fault ?? message.map({ _ in AnswerFault() }) else { return nil }
        if read.message.isEmpty { read.message = message ?? "" }
        self = read
    }

    private init() {}

    /// Reads `{"status", "code", "message", "field"?, "version"?}`.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "status" where try reader.peekKind() == .number: status = try reader.readInteger()
            case "code": code = try reader.readString()
            case "message": message = try reader.readString()
            case "field": field = try reader.readString()
            case "version": version = ItemVersion(try reader.readString())
            default: try reader.skip()
            }
        }
    }
}
