import JSON
import Whiplash

/// Items that go in one request.
struct ItemBatch: Sendable {
    /// The place of its first item among those of the call.
    let start: Int
    /// Each item's JSON.
    private let items: ArraySlice<[UInt8]>

    var count: Int { items.count }

    /// All items, in as few batches as the options allow. An item larger than a batch goes alone.
    static func batches(of writes: [ItemWrite], _ options: RemoteDatabase.Options) -> [ItemBatch] {
        let texts = writes.map(\.json)
        var batches: [ItemBatch] = []
        var (start, bytes) = (0, 0)
        for (index, text) in texts.enumerated() {
            let size = sizeWhereEscaped(text) + 1
            if index > start, index - start == options.batchSize || bytes + size > options.batchBytes {
                batches.append(ItemBatch(start: start, items: texts[start..<index]))
                (start, bytes) = (index, 0)
            }
            bytes += size
        }
        if start < texts.count { batches.append(ItemBatch(start: start, items: texts[start...])) }
        return batches
    }

    /// - Parameter isPartial: Whether some of the items may be refused and the others stored.
    func body(isPartial: Bool) -> [UInt8] {
        var body = Array((isPartial ? "{\"partial\":true,\"vectors\":[" : "{\"vectors\":[").utf8)
        body.reserveCapacity(items.reduce(16) { $0 + $1.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: item)
        }
        body.append(contentsOf: "]}".utf8)
        return body
    }

    var halves: [ItemBatch] {
        let middle = items.startIndex + items.count / 2
        return [
            ItemBatch(start: start, items: items[..<middle]),
            ItemBatch(start: start + items.count / 2, items: items[middle...]),
        ]
    }
}

extension ItemWrite {
    /// The item with its condition.
    fileprivate var json: [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            item.writeMembers(to: &writer, vector: .base64)
            switch condition {
            case nil: break
            case .absent: writer.member("if_absent", true)
            case .version(let version): writer.member("version", version.text)
            }
        }
        return writer.bytes
    }
}

/// The bytes of a text as a JSON string of another one.
private func sizeWhereEscaped(_ text: [UInt8]) -> Int {
    text.reduce(text.count) { size, byte in
        size + (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0)
    }
}
