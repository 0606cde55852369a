import HTTPClient
import Storage
import Testing

@testable import StorageDynamoDB

/// A conditional write whose answer is lost: the next attempt's conflict may be with itself.
@Suite struct ConditionalWriteTests {
    let table = TableName("table")
    let row = Row(key: RowKey(partition: "p", sort: "s"), attributes: ["a": .integer(1)])
    static let conflict = ScriptedTransport.exception("ConditionalCheckFailedException")

    /// BatchGetItem's answer with one row.
    static func stored(_ number: Int) -> ScriptedTransport.Step {
        ScriptedTransport.answer(
            #"{"Responses":{"table":[{"p":{"S":"p"},"s":{"S":"s"},"a":{"N":"\#(number)"}}]}}"#)
    }

    func expectConflict(_ transport: ScriptedTransport, _ write: Write) async throws {
        let store = try DynamoDBStore(transport)
        await #expect { try await store.write(write, if: .absent) } throws: { error in
            if case .conflict? = error as? StoreError { true } else { false }
        }
    }

    @Test func aFirstConflictIsOne() async throws {
        let transport = ScriptedTransport(Self.conflict)
        try await expectConflict(transport, .put(row, in: table))
        #expect(transport.operations == ["PutItem"])
    }

    @Test(arguments: [
        ScriptedTransport.lost, ScriptedTransport.exception("InternalServerError", status: 500),
    ]) func aConflictWithOurOwnLostWriteIsSuccess(first: @escaping ScriptedTransport.Step) async throws {
        let transport = ScriptedTransport(first, Self.conflict, Self.stored(1))
        try await DynamoDBStore(transport).write(.put(row, in: table), if: .absent)
        #expect(transport.operations == ["PutItem", "PutItem", "BatchGetItem"])
    }

    @Test func aConflictWithAnotherAfterALostAnswerIsOne() async throws {
        let transport = ScriptedTransport(ScriptedTransport.lost, Self.conflict, Self.stored(2))
        try await expectConflict(transport, .put(row, in: table))
    }

    @Test("Throttling loses nothing, so a conflict after it is one")
    func aConflictAfterThrottlingIsOne() async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.exception("ThrottlingException"), Self.conflict, Self.stored(1))
        try await expectConflict(transport, .put(row, in: table))
        #expect(transport.operations == ["PutItem", "PutItem"])
    }

    @Test func aLostDeleteThatHappenedIsSuccess() async throws {
        let transport = ScriptedTransport(ScriptedTransport.lost, Self.conflict, ScriptedTransport.done)
        try await DynamoDBStore(transport).write(
            .delete(row.key, in: table), if: .equals(attribute: "a", .integer(1)))
        #expect(transport.operations == ["DeleteItem", "DeleteItem", "BatchGetItem"])
    }

    @Test("Only a conditional write asks for a connection of its own")
    func connections() async throws {
        let transport = ScriptedTransport(ScriptedTransport.done)
        let store = try DynamoDBStore(transport)
        try await store.write(.put(row, in: table), if: .absent)
        try await store.write([.put(row, in: table)])
        _ = try await store.query(RangeQuery(table, partition: "p", consistency: .strong))
        #expect(transport.requests.map(\.needsNewConnection) == [true, false, false])
    }
}
