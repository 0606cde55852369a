import AWS
import Foundation
import Storage
import Testing

@testable import StorageConformance
@testable import StorageDynamoDB

/// Against a real server over a socket.
@Suite(Emulator.isThere) struct DynamoDBStoreTests {
    @Test(arguments: StoreConformance.checks) func conformsToStore(check: StoreConformance.Check) async throws
    {
        try await StoreConformance { try await Emulator.store() }.run(check)
    }
}

/// What the server says of our signatures; it refuses a wrong one.
@Suite(Emulator.isStrict) struct SignatureTests {
    private func expectForbidden(_ credentials: Credentials) async throws {
        let store = try Emulator.store(with: credentials)
        await #expect {
            _ = try await store.query(RangeQuery(TableName("nothing"), partition: "p", consistency: .strong))
        } throws: { error in
            if case .forbidden(let reason)? = error as? StoreError {
                !reason.contains(credentials.secretAccessKey)
            } else {
                false
            }
        }
    }

    @Test func temporaryCredentialsAreTaken() async throws {
        let credentials = try await Emulator.session()
        try await StoreConformance { try Emulator.store(with: credentials) }.run(StoreConformance.checks[4])
        let other = Credentials(
            accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey)
        try await expectForbidden(other)
    }

    @Test func aWrongSecretIsForbidden() async throws {
        let right = try await Emulator.makeUser(policyAction: "dynamodb:*")
        try await expectForbidden(Credentials(accessKeyID: right.accessKeyID, secretAccessKey: "wrong"))
    }

    @Test func aMissingRightIsForbidden() async throws {
        try await expectForbidden(try await Emulator.makeUser(policyAction: "dynamodb:ListTables"))
    }
}

/// Against a real server over a line that loses and breaks a third of what it carries.
@Suite(Emulator.isThere) struct FaultyLineTests {
    /// One writer at a time: who meets a conflict after a lost answer cannot know whether he had won before.
    static let checks = StoreConformance.checks.filter { check in
        ["random", "batch", "table", "Segments", "its condition"].contains { check.description.contains($0) }
    }

    @Test(arguments: checks) func conformsToStore(check: StoreConformance.Check) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let transport = FaultyTransport(try Emulator.transport.get(), SplitMix(state: seed))
        var options = DynamoDBStore.Options()
        (options.retryTokens, options.retry.attempts) = (.max, 40)
        let surroundings = Surroundings(sleep: { _ in await Task.yield() })
        let store = try DynamoDBStore(
            settings: Emulator.settings(try await Emulator.userCredentials()), transport: transport,
            options: options, surroundings: surroundings)
        do { try await StoreConformance { store }.run(check) } catch {
            Issue.record("seed \(seed): \(error)")
        }
        #expect(transport.faults > 0 || transport.requests < 50)
    }
}
