import JSON
import Storage

/// What a cursor goes on with: one list, or one search. Its digest is part of the cursor, since one that is used with another filter
/// or query would leave out items in silence.
struct CursorScope: Sendable {
    enum Kind: String {
        case items, selection, count, removal, groups, matches, verification
    }

    /// In base 36.
    let digest: String

    /// - Parameter parts: What tells one list from others of its kind, in an order of their own.
    init(_ kind: Kind, _ parts: [String?] = []) {
        // The length before each, so that no two lists of parts are the same bytes; -1 for none.
        let texts = parts.map { part in part.map { "\($0.utf8.count) \($0)" } ?? "-1 " }
        digest = String(stableHash((kind.rawValue + texts.joined()).utf8), radix: 36)
    }

    static let groups = CursorScope(.groups)

    init(_ kind: Kind, where filter: MetadataFilter, in group: String?) {
        self.init(kind, [Self.json(filter), group])
    }

    private static func json(_ filter: MetadataFilter) -> String {
        String(decoding: JSONWriter.bytes(filter), as: UTF8.self)
    }

    /// A search's pages may be of different sizes, and read with different consistency.
    init(_ request: SearchRequest) {
        // An item stands in the place of a query, which may change with it.
        let query = request.itemID == nil ? request.query : []
        self.init(
            .matches,
            [
                query.map { String($0.bitPattern, radix: 36) }.joined(separator: " "), request.itemID,
                request.text, request.text.map { _ in "\(request.fusion)" },
                request.filter.map(Self.json), request.group, request.exact.map { "\($0)" },
                request.excludedID, request.targetRecall.map { "\($0)" },
                request.minScore.map { "\($0)" }, request.maxDistance.map { "\($0)" },
            ])
    }
}

extension VectorCollection {
    /// The incarnation, so that a cursor of another collection is told from ours, the scope's digest, and texts in hexadecimal.
    func cursor(_ texts: [String], of scope: CursorScope) -> String {
        texts.reduce(configuration.incarnation + "." + scope.digest) { cursor, text in
            cursor + "." + text.utf8.map { byte in fixedWidthBase16(byte) }.joined()
        }
    }

    /// The texts of a cursor, of which there have to be so many.
    ///
    /// - Throws: `invalid` for a cursor of another collection, list or search.
    func texts(in cursor: String, of scope: CursorScope, count: Int) throws(WhiplashError) -> [String] {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        let texts = parts.dropFirst(2).compactMap(text(hexadecimal:))
        guard parts[0] == configuration.incarnation, parts.count == count + 2, texts.count == count,
            texts.allSatisfy({ (1...StoreLimits.sortKeyBytes).contains($0.utf8.count) })
        else { throw Self.badCursor }
        guard parts[1] == scope.digest else {
            throw Self.refused("one of another query, filter, prefix or group")
        }
        return texts
    }

    static let badCursor = refused("something else")

    private static func refused(_ received: String) -> WhiplashError {
        .invalid(
            Violation(
                field: "cursor", expected: "a cursor that a page of this list gave", received: received))
    }
}

private func fixedWidthBase16(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

private func text(hexadecimal digits: Substring) -> String? {
    let digits = Array(digits.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { start in
        UInt8(String(decoding: digits[start...start + 1], as: UTF8.self), radix: 16)
    }
    return bytes.count == digits.count / 2 ? String(validating: bytes, as: UTF8.self) : nil
}
