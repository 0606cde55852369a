import AdministrationConformance
import Storage
import Testing

@Suite struct AdministrationConformanceTests {
    @Test(arguments: AdministrationConformance.Kind.allCases)
    func memoryConforms(kind: AdministrationConformance.Kind) async throws {
        try await AdministrationConformance(MemoryStore(pageRows: 90)).check(kind, seed: 30)
    }
}
