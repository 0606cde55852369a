import GroupConformance
import StorageSQLite
import Testing

@Suite struct GroupSearchTests {
    @Test(
        "A search in a group finds just what brute force finds",
        arguments: GroupConformance.cases.filter { [1, 16, 384].contains($0.dimension) })
    func exactness(kind: GroupConformance.Case) async throws {
        let folder = try TemporaryFolder()
        try await GroupConformance(SQLiteStore(path: folder.path("a.db"))).check(kind, seed: 11)
    }
}
