import AdministrationConformance
import StorageSQLite
import Testing

@Suite struct AdministrationTests {
    @Test(
        "A collection is renamed, cloned and changed while others use it",
        arguments: AdministrationConformance.Kind.allCases)
    func conformance(kind: AdministrationConformance.Kind) async throws {
        let folder = try TemporaryFolder()
        try await AdministrationConformance(SQLiteStore(path: folder.path("a.db"))).check(kind, seed: 31)
    }
}
