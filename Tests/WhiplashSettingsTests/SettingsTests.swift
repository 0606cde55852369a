import Testing

@testable import WhiplashSettings

@Suite struct SettingsTests {
    @Test func nothingSetGivesTheDefaults() throws {
        let settings = try Settings([:], defaultStore: .sqlite)
        #expect(settings.store == .sqlite)
        #expect(settings.database == "whiplash.db")
        #expect(settings.metadataTable == "whiplash_metadata")
        #expect(settings.apiKey == nil)
        #expect((settings.host, settings.port) == ("127.0.0.1", 8080))
        #expect((settings.region, settings.stage, settings.profile) == ("local", "dev", nil))
        #expect(settings.maxItemsPerBucket == 10_000)
        #expect((settings.defaultPlaneCount, settings.defaultBitStart) == (6, 8))
        #expect(settings.defaultBitScaleFactor == 2)
        #expect((settings.readUnitPrice, settings.writeUnitPrice) == (0.125, 0.625))
        #expect(settings.priceDate == "2026-09-06")
    }

    @Test func everyKeyIsRead() throws {
        let settings = try Settings(
            [
                "MAX_ITEMS_PER_BUCKET": "5", "DEFAULT_N_PLANES": "3", "DEFAULT_BIT_START": "4",
                "DEFAULT_BIT_SCALE_FACTOR": "1.5", "REGION": "eu-central-1", "STAGE": "prod",
                "AWS_PROFILE": "work", "WHIPLASH_STORE": "memory", "WHIPLASH_DATABASE": "/data/a b.db",
                "WHIPLASH_METADATA_TABLE": "meta", "WHIPLASH_API_KEY": "a-long-key", "WHIPLASH_HOST": "::1",
                "WHIPLASH_PORT": "0", "PATH": "/bin", "WHIPLASH_READ_UNIT_PRICE": "0.2",
                "WHIPLASH_WRITE_UNIT_PRICE": "1", "WHIPLASH_PRICE_DATE": "2027-12-31",
            ], defaultStore: .sqlite)
        #expect(settings.maxItemsPerBucket == 5)
        #expect((settings.defaultPlaneCount, settings.defaultBitStart) == (3, 4))
        #expect(settings.defaultBitScaleFactor == 1.5)
        #expect((settings.region, settings.stage, settings.profile) == ("eu-central-1", "prod", "work"))
        #expect((settings.store, settings.database) == (.memory, "/data/a b.db"))
        #expect((settings.metadataTable, settings.apiKey?.revealed) == ("meta", "a-long-key"))
        #expect((settings.host, settings.port) == ("::1", 0))
        #expect((settings.readUnitPrice, settings.writeUnitPrice) == (0.2, 1))
        #expect(settings.priceDate == "2027-12-31")
    }

    @Test(arguments: [
        "today", "2027-13-01", "2027-1-1", "2027-01-00", "2027-01-01-", "+027-01-01", "２０２７-01-01",
    ])
    func aPriceDateIsADay(date: String) {
        let error = #expect(throws: SettingsError.self) {
            try Settings(["WHIPLASH_PRICE_DATE": date], defaultStore: .sqlite)
        }
        #expect(error?.problems.map(\.key) == ["WHIPLASH_PRICE_DATE"])
    }

    @Test func anEmptyValueCountsAsNone() throws {
        let empty = Dictionary(uniqueKeysWithValues: Settings.keys.map { ($0.name, "") })
        let settings = try Settings(empty, defaultStore: .dynamodb)
        #expect((settings.store, settings.port, settings.stage) == (.dynamodb, 8080, "dev"))
        #expect(settings.apiKey == nil)
        #expect(settings.profile == nil)
    }

    @Test(arguments: [
        (["REGION": "a", "AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"], "a"),
        (["REGION": "", "AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"], "b"),
        (["AWS_DEFAULT_REGION": "c"], "c"), (["WHIPLASH_STORE": "dynamodb"], "us-east-1"),
        (["WHIPLASH_STORE": "memory"], "local"), ([:], "local"),
    ])
    func regionIsTheFirstThatIsSet(values: [String: String], region: String) throws {
        #expect(try Settings(values, defaultStore: .sqlite).region == region)
    }

    @Test func everyProblemIsToldInOneMessage() {
        let error = #expect(throws: SettingsError.self) {
            try Settings(
                [
                    "MAX_ITEMS_PER_BUCKET": "0", "DEFAULT_N_PLANES": "six", "DEFAULT_BIT_START": "31",
                    "DEFAULT_BIT_SCALE_FACTOR": "nan", "REGION": "evil.example/", "STAGE": "a b",
                    "WHIPLASH_STORE": "mysql", "WHIPLASH_METADATA_TABLE": "é", "WHIPLASH_API_KEY": "hunter2",
                    "WHIPLASH_PORT": "65536",
                ], defaultStore: .sqlite, required: ["AWS_PROFILE"])
        }
        #expect(
            error?.description == """
                These settings cannot be used:
                  AWS_PROFILE: expected a value, received nothing
                  WHIPLASH_STORE: expected one of sqlite, dynamodb, memory, received 'mysql'
                  WHIPLASH_METADATA_TABLE: expected 3 to 255 letters, digits, '_', '.' or '-', received 'é'
                  WHIPLASH_API_KEY: expected 8 to 128 visible ASCII characters, received ••• (7 bytes)
                  WHIPLASH_PORT: expected a whole number from 0 to 65535, received '65536'
                  STAGE: expected 1 to 32 letters, digits, '_', '.' or '-', received 'a b'
                  REGION: expected 1 to 63 letters, digits or '-', received 'evil.example/'
                  MAX_ITEMS_PER_BUCKET: expected a whole number from 1 to 2147483647, received '0'
                  DEFAULT_N_PLANES: expected a whole number from 1 to 64, received 'six'
                  DEFAULT_BIT_START: expected a whole number from 1 to 30, received '31'
                  DEFAULT_BIT_SCALE_FACTOR: expected a number from 0.0 to 30.0, received 'nan'
                """)
    }

    @Test(arguments: ["8", "with space", "tab\there", "grün-grün-grün", String(repeating: "k", count: 129)])
    func unfitAPIKeysAreRefusedAndNotShown(key: String) {
        let error = #expect(throws: SettingsError.self) {
            try Settings(["WHIPLASH_API_KEY": key], defaultStore: .sqlite)
        }
        #expect(error?.problems.map(\.key) == ["WHIPLASH_API_KEY"])
        #expect(error?.problems.first?.received == "••• (\(key.utf8.count) bytes)")
    }

    @Test func aSecretNeverPrints() throws {
        let settings = try Settings(["WHIPLASH_API_KEY": "do-not-show-me"], defaultStore: .sqlite)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains("do-not-show-me"))
            #expect(text.contains("•••"))
        }
    }

    @Test func flagsGoOverTheEnvironmentAndThatOverTheFile() {
        let merged = Settings.merged(
            flags: ["A": "flag", "D": ""], environment: ["A": "env", "B": "env", "C": "", "D": "env"],
            dotenv: ["A": "file", "B": "file", "C": "file", "E": "file"])
        #expect(merged == ["A": "flag", "B": "env", "C": "file", "D": "env", "E": "file"])
    }
}
