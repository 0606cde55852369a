import FilterConformance
import StorageSQLite
import Testing

@Suite struct FilteredSearchTests {
    @Test(
        "A search under a filter finds just what brute force finds",
        arguments: FilterConformance.Way.allCases)
    func conformance(way: FilterConformance.Way) async throws {
        for seed in 11...12 as ClosedRange<UInt64> {
            let folder = try TemporaryFolder()
            try await FilterConformance(SQLiteStore(path: folder.path("a.db"))).check(way, seed: seed)
        }
    }
}
