import Testing
import TextConformance

@Suite(Emulator.isThere) struct TextSearchTests {
    @Test("Words are found and scored as the plain oracle has it", arguments: TextConformance.Way.allCases)
    func conformance(way: TextConformance.Way) async throws {
        let name = "t\(UInt32.random(in: .min ... .max))"
        try await TextConformance(Emulator.store(), name: name).check(way, seed: 21, count: 150)
    }
}
