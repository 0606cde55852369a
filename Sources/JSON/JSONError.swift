/// Why a text could not be read as the JSON that was wanted: what is wrong, and where.
public struct JSONError: Error, Sendable {
    public var kind: Kind
    /// The byte of the text at which it was noticed.
    public var offset: Int
    /// The way from the document's root to the value at fault; empty at the root.
    public var path: [Step]

    public init(_ kind: Kind, at offset: Int, path: [Step] = []) {
        self.kind = kind
        self.offset = offset
        self.path = path
    }

    public enum Kind: Sendable {
        /// The text is not JSON.
        case syntax(reason: String)
        /// The value is JSON and of another kind than was asked for, in words such as "a string".
        case mismatch(expected: String, received: String)
        /// A number that the wanted type cannot hold.
        case outOfRange(expected: String)
        /// The reader's caller refused the value, for a reason of its own.
        case refused(any Error)
    }

    public enum Step: Sendable, Equatable {
        case key(String)
        case index(Int)
    }

    /// The path as a person writes it, such as `vectors[3].vector`; empty at the root.
    public var field: String {
        path.reduce(into: "") { field, step in
            switch step {
            case .key(let key): field += field.isEmpty ? key : ".\(key)"
            case .index(let index): field += "[\(index)]"
            }
        }
    }

    func under(_ step: Step) -> JSONError { JSONError(kind, at: offset, path: [step] + path) }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        let place = path.isEmpty ? "" : "\(field): "
        return switch kind {
        case .syntax(let reason): "\(place)not JSON at byte \(offset): \(reason)"
        case .mismatch(let expected, let received): "\(place)expected \(expected), received \(received)"
        case .outOfRange(let expected): "\(place)expected \(expected), received a number out of range"
        case .refused(let error): "\(place)\(error)"
        }
    }
}

/// What kinds of values JSON has.
public enum JSONKind: Sendable, Equatable {
    case object, array, string, number, boolean, null

    /// As a message names it: "an object".
    public var description: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }
}
