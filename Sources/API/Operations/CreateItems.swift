import JSON
import Whiplash

/// `POST …/items/batch`: stores many items; all are checked before any is stored. With `partial` those that can be are stored.
enum CreateItems: Operation {
    private static let fields = Fields(required: ["vectors"], optional: ["if_absent", "partial"])
    private static let maxItems = 10_000

    static func answer(_ call: Call) async throws -> Response {
        let batch = try readBatch(call)
        let positions = batch.positions
        let report = try await call.collection.write(batch.writes, partially: batch.isPartial) {
            "vectors[\(positions[$0])]."
        }
        let refused = report.failures.map {
            ItemProblem(position: positions[$0.position], id: $0.id, Problem($0.error))
        }
        return .success { writer in
            writer.member("count", report.items.count { $0 != nil })
            writer.member(versionOf: report)
            guard batch.isPartial else { return }
            writer.key("failed")
            writer.write(array: (batch.problems + refused).sorted { $0.position < $1.position })
        }
    }

    private static func readBatch(_ call: Call) throws(JSONError) -> Batch {
        do {
            return try call.readBody { reader throws(JSONError) in try readBatch(&reader, isLenient: false) }
        } catch {
            // Only the body tells whether faults are borne, and it may tell behind them.
            guard (try? call.readBody(readPartial)) == true else { throw error }
        }
        return try call.readBody { reader throws(JSONError) in try readBatch(&reader, isLenient: true) }
    }

    private static func readPartial(_ reader: inout JSONReader) throws(JSONError) -> Bool {
        var isPartial = false
        try reader.readObject { name, reader throws(JSONError) in
            if name == "partial" { isPartial = try reader.readBool() } else { try reader.skip() }
        }
        return isPartial
    }

    private static func readBatch(_ reader: inout JSONReader, isLenient: Bool) throws(JSONError) -> Batch {
        var (batch, isAbsent) = (Batch(), false)
        try fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "if_absent": isAbsent = try reader.readBool()
            case "partial": batch.isPartial = try reader.readBool()
            default: try readItems(&reader, into: &batch, isLenient)
            }
        }
        if isAbsent { try batch.wantAbsent(at: reader.position) }
        return batch
    }

    private static func readItems(
        _ reader: inout JSONReader, into batch: inout Batch, _ isLenient: Bool
    ) throws(JSONError) {
        var count = 0
        try reader.readArray { index, reader throws(JSONError) in
            if index == maxItems { throw reader.tooMany(maxItems) }
            count += 1
            if isLenient {
                batch.add(item: try reader.readRaw(), at: index)
            } else {
                batch.add(try ItemWrite(&reader, expecting: batch.lastDimension), at: index)
            }
        }
        if count == 0 { throw reader.fault(expected: "at least one item", received: "an empty array") }
    }
}

/// The items of a request, and what of them could not be read.
private struct Batch {
    private(set) var writes: [ItemWrite] = []
    /// The places of `writes` in the request.
    private(set) var positions: [Int] = []
    private(set) var problems: [ItemProblem] = []
    var isPartial = false

    var lastDimension: Int { writes.last?.item.vector.count ?? 0 }

    mutating func add(_ write: ItemWrite, at position: Int) {
        writes.append(write)
        positions.append(position)
    }

    /// Takes an item as it stands; one that is none becomes a problem.
    mutating func add(item raw: RawJSON, at position: Int) {
        do throws(JSONError) {
            let dimension = lastDimension
            add(
                try JSONReader.read(Array(raw.text.utf8)) { reader throws(JSONError) in
                    try ItemWrite(&reader, expecting: dimension)
                }, at: position)
        } catch {
            let placed = JSONError(
                error.kind, at: error.offset, path: [.key("vectors"), .index(position)] + error.path)
            problems.append(ItemProblem(position: position, id: Self.id(in: raw), Problem(placed)))
        }
    }

    /// The id of an item that has one, whatever else is wrong with it.
    private static func id(in raw: RawJSON) -> String? {
        try? JSONReader.read(Array(raw.text.utf8)) { reader throws(JSONError) in
            var id: String?
            try reader.readObject { name, reader throws(JSONError) in
                if name == "id", try reader.peekKind() == .string {
                    id = try reader.readString()
                } else {
                    try reader.skip()
                }
            }
            return id
        }
    }

    /// Gives every item the condition that there is none of its id.
    mutating func wantAbsent(at offset: Int) throws(JSONError) {
        for index in writes.indices {
            if case .version = writes[index].condition {
                let fault = FieldFault.rule(expected: "either 'version' or 'if_absent'", received: "both")
                let path: [JSONError.Step] = [.key("vectors"), .index(positions[index]), .key("version")]
                throw JSONError(.refused(fault), at: offset, path: path)
            }
            writes[index].condition = .absent
        }
    }
}

/// Why an item of a request was not stored, as the answer tells it.
private struct ItemProblem: JSONWritable {
    let position: Int
    let id: String?
    let problem: Problem

    init(position: Int, id: String?, _ problem: Problem) {
        self.position = position
        self.id = id
        self.problem = problem
    }

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("index", position)
            if let id { writer.member("id", id) }
            writer.member("error", problem)
        }
    }
}

extension JSONWriter {
    /// The version of what was stored, which is that of all items of one call; nothing when nothing was.
    mutating func member(versionOf report: WriteReport) {
        let stored = report.items.lazy.compactMap(\.self).first
        if let version = stored?.version { member("version", version.text) }
    }
}
