import Storage
import Whiplash

/// The errors of the engine, as an answer of its API tells of them.
extension WhiplashError {
    init(status: Int, _ fault: AnswerFault?, _ subject: Subject, url: String) {
        let message = fault?.message ?? "an answer of status \(status) that is not the API's"
        switch (fault?.code, status) {
        case ("invalid", _): self = .invalid(Violation(message, field: fault?.field))
        case ("not_found", _):
            let named = missing(in: message)
            self = .notFound(named?.0 ?? subject.resource, name: named?.1 ?? subject.name)
        case ("already_exists", _): self = .alreadyExists(subject.resource, name: subject.name)
        case ("conflict", _) where fault?.field != nil:
            self = .conditionFailed(
                id: subject.name, version: fault?.version, field: fault?.field ?? "")
        case ("conflict", _): self = .conflict(reason: reason(in: message))
        case ("item_too_large", _), ("body_too_large", _), ("answer_too_large", _):
            let sizes = numbers(in: message)
            let (limit, received) =
                sizes.count >= 2 ? (sizes[sizes.count - 2], sizes[sizes.count - 1]) : (0, 0)
            self = .tooLarge(field: fault?.field ?? "", limitBytes: limit, receivedBytes: received)
        case ("throttled", _), (nil, 429): self = .store(.throttled)
        case ("unauthorized", _), ("forbidden", _), ("misconfigured", _), (nil, 401), (nil, 403):
            self = .store(.forbidden(reason: message))
        case ("unreadable", _): self = .store(.unreadable(reason: message))
        case (nil, 404), (nil, 405):
            self = .unreachable(url, "there is no Whiplash API at this address (status \(status))")
        default: self = .unreachable(url, message)
        }
    }
}

extension Violation {
    /// `'vector': expected 3 numbers, received 2.` taken apart; what has another form stays whole.
    fileprivate init(_ message: String, field: String?) {
        let sentence = message.hasSuffix(".") ? String(message.dropLast()) : message
        if let expected = sentence.firstRange(of: ": expected "),
            let received = sentence[expected.upperBound...].ranges(of: ", received ").last
        {
            self.init(
                field: field ?? "", expected: String(sentence[expected.upperBound..<received.lowerBound]),
                received: String(sentence[received.upperBound...]))
        } else {
            self.init(
                field: field ?? "", expected: "a valid request",
                received: "one of which the API says: " + message)
        }
    }
}

/// `There is no collection 'books'.` taken apart.
private func missing(in message: String) -> (Resource, String)? {
    for resource in [Resource.project, .collection, .item, .alias] {
        let start = "There is no \(resource.rawValue) '"
        if message.hasPrefix(start), message.hasSuffix("'.") {
            return (resource, String(message.dropFirst(start.count).dropLast(2)))
        }
    }
    return nil
}

private func reason(in message: String) -> String {
    let start = "Another request was at the same: "
    guard message.hasPrefix(start) else { return message }
    return String(message.dropFirst(start.count).dropLast(message.hasSuffix(".") ? 1 : 0))
}

/// The whole numbers of a text, in order.
private func numbers(in text: String) -> [Int] {
    text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
}
