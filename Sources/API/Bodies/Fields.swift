import JSON
import Whiplash

/// The names that an object of a body may have. An unknown one is refused, since it is likely a slip of the pen.
struct Fields: Sendable {
    private let known: [String]
    private let requiredCount: Int
    private let nullable: [String]
    private let fixed: [String: String]

    /// - Parameters:
    ///   - optional: `null` is as good as leaving it out.
    ///   - nullable: Those of the optional ones where `null` has a meaning of its own.
    ///   - fixed: What cannot be changed, with what to do instead.
    init(
        required: [String] = [], optional: [String] = [], nullable: [String] = [],
        fixed: [String: String] = [:]
    ) {
        known = required + optional + nullable
        requiredCount = required.count
        self.nullable = nullable
        self.fixed = fixed
        precondition(known.count < 64)
    }

    /// Reads an object, calling `member` with each known name; `member` reads the value.
    ///
    /// - Throws: when a name is unknown, there twice, or required and missing.
    func read(
        _ reader: inout JSONReader, _ member: (String, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var seen: UInt64 = 0
        let start = reader.position
        try reader.readObject { name, reader throws(JSONError) in
            let index = try self.index(of: name, reader)
            if seen & 1 << index != 0 { throw reader.refusal(FieldFault.twice) }
            seen |= 1 << index
            if try isAbsent(index, &reader) { return try reader.readNull() }
            try member(name, &reader)
        }
        for index in 0..<requiredCount where seen & 1 << index == 0 {
            throw JSONError(.refused(FieldFault.missing), at: start, path: [.key(known[index])])
        }
    }

    private func index(of name: String, _ reader: borrowing JSONReader) throws(JSONError) -> Int {
        if let index = known.firstIndex(of: name) { return index }
        if let instead = fixed[name] { throw reader.refusal(FieldFault.fixed(instead: instead)) }
        throw reader.refusal(FieldFault.unknown(known: known))
    }

    private func isAbsent(_ index: Int, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        guard index >= requiredCount, try reader.peekKind() == .null else { return false }
        return !nullable.contains(known[index])
    }
}

/// What can be wrong with a field that is well-formed JSON.
enum FieldFault: Error {
    case missing
    case twice
    case fixed(instead: String)
    case unknown(known: [String])
    case rule(expected: String, received: String)
}

extension JSONReader {
    /// That the value here breaks a rule.
    func fault(expected: String, received: String) -> JSONError {
        refusal(FieldFault.rule(expected: expected, received: received))
    }

    /// What a rule of the engine gives. Its violation becomes a fault of the value here, or of what is in it under the violation's field.
    func obeying<Value>(_ rule: () throws(WhiplashError) -> Value) throws(JSONError) -> Value {
        do throws(WhiplashError) {
            return try rule()
        } catch {
            guard case .invalid(let violation) = error else { throw refusal(error) }
            let place = violation.field.drop { $0 == "." }
            let fault = FieldFault.rule(expected: violation.expected, received: violation.received)
            throw JSONError(.refused(fault), at: position, path: place.isEmpty ? [] : [.key(String(place))])
        }
    }
}
