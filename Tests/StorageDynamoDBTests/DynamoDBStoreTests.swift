import AWS
import Storage
import StorageConformance
import StorageDynamoDB
import Testing

/// Against a real server over a socket.
@Suite(Emulator.isThere) struct DynamoDBStoreTests {
    @Test(arguments: StoreConformance.checks) func conformsToStore(check: StoreConformance.Check) async throws
    {
        try await StoreConformance { try await Emulator.store() }.run(check)
    }
}

/// What the server says of our signatures; it refuses a wrong one.
@Suite(Emulator.isThere) struct SignatureTests {
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
        try #require(try await Emulator.checksSignatures())
        let credentials = try await Emulator.session()
        try await StoreConformance { try Emulator.store(with: credentials) }.run(StoreConformance.checks[4])
        let other = Credentials(
            accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey)
        try await expectForbidden(other)
    }

    @Test func aWrongSecretIsForbidden() async throws {
        try #require(try await Emulator.checksSignatures())
        let right = try await Emulator.makeUser(policyAction: "dynamodb:*")
        try await expectForbidden(Credentials(accessKeyID: right.accessKeyID, secretAccessKey: "wrong"))
    }

    @Test func aMissingRightIsForbidden() async throws {
        try #require(try await Emulator.checksSignatures())
        try await expectForbidden(try await Emulator.makeUser(policyAction: "dynamodb:ListTables"))
    }
}
