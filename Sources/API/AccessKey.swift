import JSON
import Whiplash

/// A key beside the owner's own, for a tenant or a service, with what it may do.
public struct AccessKey: Sendable {
    enum Proof: Sendable, Equatable {
        /// What `x-api-key` has to bring.
        case key([UInt8])
        /// The id under which API Gateway knows the key that it has checked.
        case gatewayID(String)

        /// What tells of it without being a secret.
        fileprivate var ownName: String? { if case .gatewayID(let id) = self { id } else { nil } }
    }

    let proof: Proof
    let access: Access

    /// Reads a list of keys, as the setting WHIPLASH_KEYS has it:
    /// `[{"key": "…", "name": "shop", "scopes": ["read"], "projects": ["shop"]}, {"api_key_id": "…"}]`.
    ///
    /// Without `scopes` a key has all of them, without `projects` it is for all. One without `name` is called `key 1`, `key 2`, … by its
    /// place in the list, and a gateway's by its id.
    ///
    /// - Parameter owner: The owner's key, which may not be in the list.
    /// - Throws: `AccessKeyError`, which says what is wrong and holds no key.
    public static func list(_ json: String, besides owner: String? = nil) throws(AccessKeyError)
        -> [AccessKey]
    {
        var keys: [AccessKey] = []
        do throws(JSONError) {
            try JSONReader.read(Array(json.utf8)) { reader throws(JSONError) in
                try reader.readArray { index, reader throws(JSONError) in
                    let key = try AccessKey(&reader, number: index + 1)
                    try check(key.proof, besides: keys.map(\.proof), owner, reader)
                    keys.append(key)
                }
            }
        } catch {
            let placed = JSONError(error.kind, at: error.offset, path: [.key("WHIPLASH_KEYS")] + error.path)
            throw AccessKeyError(description: Problem(placed).message)
        }
        return keys
    }

    /// A key that stands there twice would have the rights of one of both, and the owner's fewer than all.
    private static func check(
        _ proof: Proof, besides others: [Proof], _ owner: String?, _ reader: borrowing JSONReader
    ) throws(JSONError) {
        if let first = others.firstIndex(of: proof) {
            throw reader.fault(expected: "each key once", received: "that of [\(first)] again")
        }
        if case .key(let key) = proof, let owner, key == Array(owner.utf8) {
            throw reader.fault(expected: "a key beside the owner's", received: "that of WHIPLASH_API_KEY")
        }
    }

    private static let fields = Fields(optional: ["key", "api_key_id", "name", "scopes", "projects"])
    private static let keyLengths = 8...128

    private static let nameLengths = 1...64

    private init(_ reader: inout JSONReader, number: Int) throws(JSONError) {
        var (proofs, access, keyName) = ([Proof](), Access.everything, String?.none)
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "key": proofs.append(.key(try reader.readAPIKey(lengths: Self.keyLengths)))
            case "name": keyName = try reader.readName(lengths: Self.nameLengths)
            case "api_key_id": proofs.append(.gatewayID(try reader.readString()))
            case "scopes":
                let names = Access.Scope.allCases.map(\.rawValue)
                access.scopes = []
                try reader.readArray { _, reader throws(JSONError) in
                    let word = try reader.readWord(names)
                    if let scope = Access.Scope(rawValue: word) { access.scopes.insert(scope) }
                }
                if access.scopes.isEmpty { throw reader.fault(expected: "at least 1 scope", received: "0") }
            default:
                let names = try reader.readStrings(1...1000) { name throws(WhiplashError) in
                    try Names.check(name, field: "")
                }
                access.projects = Set(names)
            }
        }
        guard proofs.count == 1 else {
            throw reader.fault(
                expected: "either 'key' or 'api_key_id'", received: proofs.isEmpty ? "none" : "both")
        }
        proof = proofs[0]
        access.keyName = keyName ?? proof.ownName ?? "key \(number)"
        self.access = access
    }
}

/// Why a list of keys cannot be used.
public struct AccessKeyError: Error, CustomStringConvertible {
    public let description: String
}

extension JSONReader {
    fileprivate mutating func readName(lengths: ClosedRange<Int>) throws(JSONError) -> String {
        let name = try readString()
        guard lengths.contains(name.count), !name.contains(where: \.isNewline) else {
            throw fault(
                expected: "\(lengths.lowerBound) to \(lengths.upperBound) characters in one line",
                received: "\(name.count)")
        }
        return name
    }

    /// Reads visible ASCII. What came is not repeated.
    fileprivate mutating func readAPIKey(lengths: ClosedRange<Int>) throws(JSONError) -> [UInt8] {
        let key = Array(try readString().utf8)
        guard lengths.contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw fault(
                expected: "\(lengths.lowerBound) to \(lengths.upperBound) visible ASCII characters",
                received: "\(key.count) bytes")
        }
        return key
    }
}
