import Foundation
import Testing
import TextConformance

@Suite(Emulator.isThere) struct TextSearchTests {
    @Test("Words are found and scored as the plain oracle has it", arguments: TextConformance.Way.allCases)
    func conformance(way: TextConformance.Way) async throws {
        let name = "t\(UInt32.random(in: .min ... .max))"
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        try await TextConformance(Emulator.store(), name: name, now: now).check(way, seed: 21, count: 150)
    }
}
