import Storage
import StorageConformance
import Testing

/// Attributes that lie in a page's memory cannot be told from those that hold their own.
@Suite struct AttributePageTests {
    private static let names = ["", "e\u{301}", "f", "k", "w", "é", "a name of more than fifteen bytes"]
        .sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }

    private func rows(_ random: inout SplitMix) -> [Attributes] {
        (0..<Int.random(in: 0..<30, using: &random)).map { _ in
            var attributes = Attributes()
            for name in Self.names where Bool.random(using: &random) { attributes[name] = value(&random) }
            return attributes
        }
    }

    private func value(_ random: inout SplitMix) -> StoredValue {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .text(["", "x", "naïve 😀", "e\u{301}"].randomElement(using: &random) ?? "")
        case 1: .bytes((0..<Int.random(in: 0..<40, using: &random)).map { UInt8($0) })
        default: .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        }
    }

    private func page(_ rows: [Attributes]) -> AttributePage {
        var builder = AttributePageBuilder()
        for row in rows {
            for (name, value) in row {
                let isTaken = add(name, value, to: &builder)
                #expect(isTaken)
            }
            builder.endRow()
        }
        return builder.finish()
    }

    private func add(_ name: String, _ value: StoredValue, to builder: inout AttributePageBuilder) -> Bool {
        Array(name.utf8).withUnsafeBytes { name in
            switch value {
            case .text(let text): Array(text.utf8).withUnsafeBytes { builder.add(name, text: $0) }
            case .bytes(let bytes): bytes.withUnsafeBytes { builder.add(name, bytes: $0) }
            case .integer(let number): builder.add(name, integer: number)
            }
        }
    }

    @Test(
        "They are equal, hash alike and give the same by name and by place",
        arguments: 0..<60 as Range<UInt64>)
    func sameAsOwn(seed: UInt64) {
        var random = SplitMix(state: seed)
        let rows = rows(&random)
        let page = page(rows)
        for (number, own) in rows.enumerated() {
            let shared = page.attributes(ofRow: number)
            #expect(shared == own && own == shared, "seed \(seed)")
            #expect(shared.hashValue == own.hashValue && shared.count == own.count)
            for name in Self.names + ["not there"] {
                #expect(shared[name] == own[name], "seed \(seed), \(name)")
                #expect(shared.withBytes(of: name, Array.init) == own.withBytes(of: name, Array.init))
                if case .bytes(let bytes)? = own[name] {
                    #expect(shared.withBytes(of: name, Array.init) == bytes)
                }
            }
            let key = RowKey(partition: "p", sort: "s")
            #expect(
                Row(key: key, attributes: shared).storedSizeBytes
                    == Row(key: key, attributes: own).storedSizeBytes)
        }
    }

    @Test("A row that is changed changes alone", arguments: 0..<20 as Range<UInt64>)
    func changing(seed: UInt64) {
        var random = SplitMix(state: seed)
        let rows = rows(&random)
        let page = page(rows)
        for (number, row) in rows.enumerated() {
            var (own, shared) = (row, page.attributes(ofRow: number))
            for name in Self.names {
                let value = Bool.random(using: &random) ? value(&random) : nil
                (own[name], shared[name]) = (value, value)
                #expect(own == shared, "seed \(seed)")
            }
        }
        for (number, row) in rows.enumerated() { #expect(page.attributes(ofRow: number) == row) }
    }

    @Test("Names out of order and what is not UTF-8 are refused")
    func refused() {
        var builder = AttributePageBuilder()
        let taken = ["b", "a", "b"].map { add($0, .integer(1), to: &builder) }
        #expect(taken == [true, false, false])
        let broken: [UInt8] = [0xFF]
        let isNameTaken = broken.withUnsafeBytes { builder.add($0, integer: 1) }
        let isTextTaken = Array("c".utf8).withUnsafeBytes { name in
            broken.withUnsafeBytes { builder.add(name, text: $0) }
        }
        #expect(!isNameTaken && !isTextTaken)
        builder.endRow()
        #expect(builder.finish().attributes(ofRow: 0) == ["b": .integer(1)])
    }
}
