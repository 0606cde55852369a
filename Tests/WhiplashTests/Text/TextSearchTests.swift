import JSON
import Storage
import Testing
import TextConformance
import VectorIndex

@testable import Whiplash

@Suite struct TextSearchTests {
    @Test("Words are found and scored as the plain oracle has it", arguments: TextConformance.Way.allCases)
    func conformance(way: TextConformance.Way) async throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            // Small pages, so that lists are read in several.
            try await TextConformance(MemoryStore(pageRows: 70)).check(way, seed: seed)
        }
    }
}
