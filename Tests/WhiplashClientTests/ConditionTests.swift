import JSON
import Testing
import Whiplash

@testable import WhiplashClient

/// Conditions, times and prefixes through the client: the same answers as the engine's, also when answers are lost.
@Suite struct ConditionTests {
    private func collection(
        _ transport: APITransport, _ change: (inout RemoteDatabase.Options) -> Void = { _ in }
    ) async throws -> RemoteCollection {
        let database = try transport.remote(change)
        return try await database.createCollection(NewCollection(name: "c", featureCount: 2), in: "p")
    }

    @Test("Versions, conditions, times and prefixes are the engine's")
    func sameAsTheEngine() async throws {
        let collection = try await collection(APITransport())
        let first = Item(id: "a/1", vector: [1, 2], expiresAt: 1_800_000_100)
        let made = try #require(
            try await collection.write([ItemWrite(first, if: .absent)], partially: false).items[0])
        #expect(made == first)
        let version = try #require(made.version)
        #expect(try await collection.items(ids: ["a/1"], in: nil)[0]?.version == version)
        #expect(try await collection.items(ids: ["a/1"], in: nil) == [first])
        #expect(try await collection.search(for: [1, 2])[0].item.version == version)
        await expectFailure("a/1", version, "vectors[0].if_absent") {
            try await collection.write([ItemWrite(first, if: .absent)], partially: false)
        }
        let changed = try await collection.update(
            "a/1", ItemPatch(expiresAt: .some(nil)), in: nil, version: version)
        #expect(changed.expiresAt == nil && changed.version != version)
        await expectFailure("a/1", changed.version, "version") {
            try await collection.update("a/1", ItemPatch(text: "x"), in: nil, version: version)
        }
        await expectFailure("a/1", changed.version, "version") {
            try await collection.delete("a/1", version: version, in: nil)
        }
        try await collection.insert([Item(id: "b", vector: [1, 2]), Item(id: "a/2", vector: [1, 2])])
        let listed = try await collection.list(limit: 10, cursor: nil, in: nil, prefix: "a/")
        #expect(listed.items.map(\.id) == ["a/1", "a/2"])
        let last = try #require(changed.version)
        #expect(try await collection.delete("a/1", version: last, in: nil))
        #expect(try await collection.delete("a/1", version: last, in: nil) == false)
    }

    @Test("Batches cut in parts name each failed item by its place among all")
    func partialBatches() async throws {
        let collection = try await collection(APITransport()) { $0.batchSize = 3 }
        let there = try await collection.insert([Item(id: "5", vector: [1, 2])])[0].version
        var writes = (0..<8).map { ItemWrite(Item(id: "\($0)", vector: [1, 2]), if: .absent) }
        writes[2].item.vector = [1]
        writes.append(writes[7])
        let report = try await collection.write(writes, partially: true)
        #expect(report.failures.map(\.position) == [2, 5, 8])
        #expect(report.failures.map(\.id) == ["2", "5", "7"])
        #expect(report.items.map { $0 == nil } == (0..<9).map { [2, 5, 8].contains($0) })
        #expect(report.items[7]?.version != nil)
        guard case .invalid(let violation) = report.failures[0].error,
            case .conditionFailed(let id, let version, let field) = report.failures[1].error
        else {
            Issue.record("\(report.failures)")
            return
        }
        #expect(violation.field == "vectors[2].vector")
        #expect((id, field) == ("5", "vectors[5].if_absent") && version == there)
        await expectFailure("5", there, "vectors[2].if_absent") {
            try await collection.write(
                [
                    ItemWrite(Item(id: "x", vector: [1, 2])), ItemWrite(Item(id: "y", vector: [1, 2])),
                    ItemWrite(Item(id: "5", vector: [1, 2]), if: .absent),
                ], partially: false)
        }
    }

    @Test("An attempt whose answer was lost is not taken for somebody else's", arguments: [false, true])
    func lostAnswers(partially: Bool) async throws {
        let transport = APITransport()
        let collection = try await collection(transport)
        func losing() { transport.fail { number, _ in number == 0 ? .answerLost : nil } }
        let item = Item(
            id: "a", vector: [1, 2], metadata: RawJSON(checked: #"{"n":1}"#), expiresAt: 1_800_000_100)
        losing()
        let made = try await collection.write([ItemWrite(item, if: .absent)], partially: partially)
        #expect(made.items == [item] && made.failures.isEmpty)
        let version = try #require(made.items[0]?.version)
        #expect(try await collection.items(ids: ["a"], in: nil)[0]?.version == version)
        losing()
        let replaced = try await collection.write(
            [ItemWrite(Item(id: "a", vector: [2, 1]), if: .version(version))], partially: partially)
        let second = try #require(replaced.items[0]?.version)
        #expect(second != version)
        losing()
        let patch = ItemPatch(
            vector: [3, 1], metadata: RawJSON(checked: #"{"m":2}"#), text: .some("t"), expiresAt: .some(nil))
        let changed = try await collection.update("a", patch, in: nil, version: second)
        #expect(changed.text == "t" && changed.version != second)
        losing()
        #expect(try await collection.delete("a", version: try #require(changed.version), in: nil))
        // Somebody else's it is when it is another.
        let other = try await collection.insert([Item(id: "a", vector: [9, 9])])[0].version
        losing()
        await expectFailure("a", other, "vectors[0].if_absent") {
            let report = try await collection.write([ItemWrite(item, if: .absent)], partially: partially)
            if let failure = report.failures.first { throw failure.error }
        }
    }
}

private func expectFailure<Output>(
    _ id: String, _ version: ItemVersion?, _ field: String, _ body: () async throws -> Output
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
