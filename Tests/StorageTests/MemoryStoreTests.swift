import Storage
import StorageConformance
import Testing

@Suite struct MemoryStoreTests {
    @Test(arguments: StoreConformance.checks) func conformsToStore(check: StoreConformance.Check) async throws
    {
        try await StoreConformance { MemoryStore() }.run(check)
    }

    @Test(arguments: StoreConformance.checks)
    func conformsToStoreWithSmallPages(check: StoreConformance.Check) async throws {
        try await StoreConformance { MemoryStore(pageRows: 3) }.run(check)
    }
}
