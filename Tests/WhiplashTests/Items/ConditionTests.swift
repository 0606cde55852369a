import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Items stored, changed and removed on conditions, in collections without groups and with them.
@Suite struct ConditionTests {
    private func item(_ id: String, _ vector: [Float] = [1, 2], text: String? = nil, grouped: Bool) -> Item {
        Item(id: id, vector: vector, text: text, group: grouped ? "g" : nil)
    }

    private func collection(_ test: TestDatabase, _ grouping: Bool) async throws -> VectorCollection {
        grouping ? try await test.grouped(2) : try await test.collection(2)
    }

    @Test(
        "An item is stored once where there is none, and the answer names what is there",
        arguments: [false, true])
    func absent(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        let group = grouping ? "g" : nil
        let first = ItemWrite(item("a", text: "first", grouped: grouping), if: .absent)
        let version = try #require(try await collection.write([first]).items[0]?.version)
        let second = ItemWrite(item("a", [3, 1], text: "second", grouped: grouping), if: .absent)
        await expectFailure(of: "a", "vectors[0].if_absent", version) { try await collection.write([second]) }
        #expect(try await collection.items(ids: ["a"], in: group)[0]?.text == "first")
        #expect(try await collection.items(ids: ["a"], in: group)[0]?.version == version)
        _ = try await collection.delete(ids: ["a"], in: group)
        _ = try await collection.write([second])
        #expect(try await collection.ids(near: [3, 1], in: group) == ["a"])
    }

    @Test("Each write gives another version, and every way of reading tells it", arguments: [false, true])
    func versions(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        let group = grouping ? "g" : nil
        var versions: [ItemVersion?] = []
        versions.append(try await collection.insert([item("a", grouped: grouping)])[0].version)
        versions.append(try await collection.insert([item("a", grouped: grouping)])[0].version)
        versions.append(try await collection.update("a", ItemPatch(text: "t"), in: group).version)
        #expect(Set(versions).count == 3 && !versions.contains(nil))
        let found = try await collection.items(ids: ["a"], in: group)[0]
        let listed = try await collection.list(limit: 10, cursor: nil, in: group).items
        var request = SearchRequest(query: [1, 2])
        request.group = group
        let match = try await collection.search(request)[0]
        #expect(
            [found?.version, listed[0].version, match.item.version] == [
                versions[2], versions[2], versions[2],
            ])
        #expect(found?.version.flatMap { ItemVersion($0.text) } == versions[2])
        for text in ["", "Z", " 1", "01", "-1", "zzzzzzzzzzzzzz", "1é"] { #expect(ItemVersion(text) == nil) }
    }

    @Test(
        "A version that is not the stored one stops a write, a change and a removal",
        arguments: [false, true])
    func staleVersions(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        let group = grouping ? "g" : nil
        let old = try #require(try await collection.insert([item("a", grouped: grouping)])[0].version)
        let new = try await collection.write([
            ItemWrite(item("a", [2, 1], grouped: grouping), if: .version(old))
        ])
        .items[0]?.version
        let late = ItemWrite(item("a", [9, 9], grouped: grouping), if: .version(old))
        await expectFailure(of: "a", "vectors[0].version", new) { try await collection.write([late]) }
        await expectFailure(of: "a", "version", new) {
            try await collection.update("a", ItemPatch(text: "x"), in: group, version: old)
        }
        await expectFailure(of: "a", "version", new) {
            try await collection.delete("a", version: old, in: group)
        }
        let version = try #require(new)
        let changed = try await collection.update("a", ItemPatch(text: "t"), in: group, version: version)
        #expect(changed.vector == [2, 1])
        #expect(try await collection.delete("a", version: try #require(changed.version), in: group))
        #expect(try await collection.delete("a", version: version, in: group) == false)
        await expectFailure(of: "a", "vectors[0].version", nil) { try await collection.write([late]) }
        #expect(try await collection.ids(near: [1, 2], in: group) == [])
    }

    @Test("Of many writers with the same version exactly one wins", arguments: [false, true], [1, 2, 3])
    func race(grouping: Bool, seed: UInt64) async throws {
        let test = TestDatabase(seed: seed)
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        var version = try #require(try await collection.insert([item("a", grouped: grouping)])[0].version)
        for round in 0..<20 {
            let known = version
            let winners = await withTaskGroup(of: ItemVersion?.self) { tasks in
                for writer in 0..<12 {
                    tasks.addTask {
                        let vector = [Float(writer + 1), Float(round + 1)]
                        let item = Item(id: "a", vector: vector, text: "\(writer)", group: group)
                        return switch writer % 3 {
                        case 0:
                            try? await collection.write([ItemWrite(item, if: .version(known))]).items[0]?
                                .version
                        case 1:
                            try? await collection.update(
                                "a", ItemPatch(vector: vector), in: group, version: known
                            ).version
                        default:
                            try? await collection.write(
                                [
                                    ItemWrite(item, if: .version(known)),
                                    ItemWrite(Item(id: "b\(writer)", vector: vector, group: group)),
                                ],
                                partially: true
                            ).items[0]?.version
                        }
                    }
                }
                return await tasks.reduce(into: [ItemVersion]()) { winners, version in
                    if let version { winners.append(version) }
                }
            }
            #expect(winners.count == 1, "seed \(seed), round \(round)")
            let stored = try await collection.items(ids: ["a"], in: group)[0]
            #expect(stored?.version == winners.first)
            version = try #require(winners.first)
            #expect(
                try await collection.ids(near: stored?.vector ?? [], in: group, limit: 1000).contains("a"))
        }
    }

    @Test("Of many who store what is not there exactly one does", arguments: [false, true])
    func absentRace(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        for round in 0..<20 {
            let winners = await withTaskGroup(of: Bool.self) { tasks in
                for writer in 0..<8 {
                    tasks.addTask {
                        let item = Item(
                            id: "\(round)", vector: [Float(writer + 1), 1], group: grouping ? "g" : nil)
                        return (try? await collection.write([ItemWrite(item, if: .absent)])) != nil
                    }
                }
                return await tasks.reduce(into: 0) { if $1 { $0 += 1 } }
            }
            #expect(winners == 1)
        }
    }

    @Test("What comes in between the look and the write is not written over", arguments: [false, true])
    func interrupted(grouping: Bool) async throws {
        let store = InterruptedStore()
        let test = TestDatabase(store)
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        let version = try #require(try await collection.insert([item("a", grouped: grouping)])[0].version)
        // The look at the batch's conditions, the batch of hints, and the conditional writes.
        store.beforeCall(3) {
            try await collection.insert([Item(id: "a", vector: [5, 5], text: "other", group: group)])
        }
        let report = try await collection.write(
            [
                ItemWrite(item("a", [3, 1], grouped: grouping), if: .version(version)),
                ItemWrite(item("b", grouped: grouping), if: .absent), ItemWrite(item("c", grouped: grouping)),
            ], partially: true)
        #expect(report.failures.map(\.position) == [0])
        #expect(report.items.map { $0 != nil } == [false, true, true])
        let found = try await collection.items(ids: ["a", "b", "c"], in: group)
        #expect(found.map { $0?.text } == ["other", nil, nil] && found.allSatisfy { $0 != nil })
        #expect(try await Set(collection.ids(near: [1, 2], in: group)) == ["a", "b", "c"])
    }

    @Test(
        "One that fails keeps a whole batch from being stored, and in part the others are",
        arguments: [false, true])
    func batches(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        let group = grouping ? "g" : nil
        let version = try await collection.insert([item("old", grouped: grouping)])[0].version
        let writes = [
            ItemWrite(item("new", grouped: grouping), if: .absent),
            ItemWrite(item("plain", grouped: grouping)),
            ItemWrite(item("old", [2, 2], grouped: grouping), if: .absent),
        ]
        await expectFailure(of: "old", "vectors[2].if_absent", version) { try await collection.write(writes) }
        #expect(try await collection.list(limit: 10, cursor: nil, in: group).items.map(\.id) == ["old"])

        let bad = [
            ItemWrite(item("short", [1], grouped: grouping)), ItemWrite(item("plain", grouped: grouping)),
            ItemWrite(item("", grouped: grouping)),
            ItemWrite(
                Item(id: "large", vector: [1, 2], text: String(repeating: "x", count: 420_000), group: group)),
        ]
        let report = try await collection.write(writes + bad, partially: true)
        #expect(report.items.map { $0?.id } == ["new", "plain", nil, nil, nil, nil, nil])
        #expect(report.failures.map(\.position) == [2, 3, 4, 5, 6])
        #expect(report.failures.map(\.id) == ["old", "short", "plain", "", "large"])
        let fields = report.failures.map { failure in
            switch failure.error {
            case .conditionFailed(_, let found, let field): "\(field) \(found == version)"
            case .invalid(let violation): violation.field
            case .tooLarge(let field, _, _): field
            default: "\(failure.error)"
            }
        }
        #expect(
            fields == [
                "vectors[2].if_absent true", "vectors[3].vector", "vectors[4].id", "vectors[5].id",
                "vectors[6]",
            ])
        #expect(try await Set(collection.ids(near: [1, 2], in: group)) == ["old", "new", "plain"])
    }

    @Test(
        "An unconditional write is one call, a conditional one two, a conditional batch looks first",
        arguments: [false, true])
    func calls(grouping: Bool) async throws {
        let store = CountingStore()
        let collection = try await collection(TestDatabase(store), grouping)
        _ = store.taken()
        try await collection.insert([item("a", grouped: grouping)])
        #expect(store.taken().calls == 1)
        _ = try await collection.write([ItemWrite(item("b", grouped: grouping), if: .absent)])
        #expect(store.taken() == CountingStore.Counts(calls: 2, writes: 3, queries: 0, rowsRead: 0))
        let batch = (0..<5).map { ItemWrite(item("c\($0)", grouped: grouping), if: .absent) }
        _ = try await collection.write(batch)
        #expect(store.taken().calls == 7)
        await #expect(throws: WhiplashError.self) { try await collection.write(batch) }
        #expect(store.taken() == CountingStore.Counts(calls: 1, writes: 0, queries: 0, rowsRead: 5))
    }

    @Test(
        "A condition that fails leaves a hint for nothing, which harms no search and goes",
        arguments: [false, true])
    func hints(grouping: Bool) async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        try await collection.insert([
            item("a", [1, 2], grouped: grouping), item("b", [2, 1], grouped: grouping),
        ])
        // Once with another vector, once with the stored one, whose bucket row is then written over.
        for vector in [[-1, -2], [1, 2]] as [[Float]] {
            await #expect(throws: WhiplashError.self) {
                try await collection.write([ItemWrite(item("a", vector, grouped: grouping), if: .absent)])
            }
            #expect(try await collection.ids(near: [1, 2], in: group) == ["a", "b"])
        }
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await collection.ids(near: [-1, -2], in: group) == ["b", "a"])
        let rows = try await store.scan(TableScan(collection.bucketsTable, consistency: .strong)).rows
        #expect(rows.count { $0.bytes("k") != nil } == 2)
        #expect(try await collection.ids(near: [1, 2], in: group) == ["a", "b"])
    }
}

/// Expects that a condition did not hold of an item that is stored with this version.
func expectFailure<Output>(
    of id: String, _ field: String, _ version: ItemVersion?, _ body: () async throws -> Output
) async {
    do {
        _ = try await body()
        Issue.record("the condition held; expected '\(field)' to fail")
    } catch WhiplashError.conditionFailed(let failed, let found, let place) {
        #expect((failed, place) == (id, field))
        #expect(found == version)
    } catch {
        Issue.record("\(error)")
    }
}
