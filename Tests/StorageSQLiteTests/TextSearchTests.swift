import StorageSQLite
import Testing
import TextConformance

@Suite struct TextSearchTests {
    @Test("Words are found and scored as the plain oracle has it", arguments: TextConformance.Way.allCases)
    func conformance(way: TextConformance.Way) async throws {
        for seed in 11...12 as ClosedRange<UInt64> {
            let folder = try TemporaryFolder()
            try await TextConformance(SQLiteStore(path: folder.path("a.db"))).check(way, seed: seed)
        }
    }
}
