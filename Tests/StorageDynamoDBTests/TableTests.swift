import HTTPClient
import Storage
import Testing

@testable import StorageDynamoDB

/// Tables come and go slowly in DynamoDB, unlike in emulators.
@Suite struct TableTests {
    let table = TableName("table")
    let time = ManualTime()
    static let missing = ScriptedTransport.exception("ResourceNotFoundException")
    static let inUse = ScriptedTransport.exception("ResourceInUseException")

    static func status(_ word: String) -> ScriptedTransport.Step {
        ScriptedTransport.answer(#"{"Table":{"TableName":"table","TableStatus":"\#(word)"}}"#)
    }

    @Test func aNewTableIsWaitedFor() async throws {
        let transport = ScriptedTransport(
            Self.missing, ScriptedTransport.done, Self.missing, Self.status("CREATING"),
            Self.status("ACTIVE"),
            ScriptedTransport.done)
        try await DynamoDBStore(transport, time: time).createTable(table)
        let describes = [String](repeating: "DescribeTable", count: 3)
        #expect(
            transport.operations == ["DescribeTable", "CreateTable"] + describes + ["UpdateTimeToLive"])
        #expect(time.sleeps.withLock { $0 } == [.milliseconds(100), .milliseconds(150), .milliseconds(225)])
    }

    @Test func aTableThatIsThereTakesOneRequest() async throws {
        let transport = ScriptedTransport(Self.status("ACTIVE"))
        try await DynamoDBStore(transport, time: time).createTable(table)
        #expect(transport.operations == ["DescribeTable"])
    }

    @Test("A table still going is waited out before its name is taken again")
    func createWhileDeleting() async throws {
        let transport = ScriptedTransport(
            Self.status("DELETING"), Self.missing, Self.inUse, Self.missing, ScriptedTransport.done,
            Self.status("ACTIVE"))
        try await DynamoDBStore(transport, time: time).createTable(table)
        #expect(transport.operations.filter { $0 == "CreateTable" }.count == 2)
    }

    @Test func aRemovedTableIsWaitedFor() async throws {
        let transport = ScriptedTransport(
            Self.status("CREATING"), Self.status("ACTIVE"), ScriptedTransport.done, Self.status("DELETING"),
            Self.missing)
        try await DynamoDBStore(transport, time: time).deleteTable(table)
        #expect(transport.operations.filter { $0 == "DeleteTable" }.count == 1)
    }

    @Test func aTableThatNeverComesIsAnError() async throws {
        let transport = ScriptedTransport(Self.status("CREATING"))
        let store = try DynamoDBStore(transport, time: time)
        await #expect { try await store.createTable(table) } throws: { error in
            if case .unavailable? = error as? StoreError { true } else { false }
        }
        #expect(time.sleeps.withLock { $0.reduce(.zero, +) } <= .seconds(122))
    }
}
