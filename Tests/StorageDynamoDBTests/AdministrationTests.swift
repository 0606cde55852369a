import AdministrationConformance
import Foundation
import Testing

@Suite(Emulator.isThere) struct AdministrationTests {
    @Test(
        "A collection is renamed, cloned and changed while others use it",
        arguments: AdministrationConformance.Kind.allCases)
    func conformance(kind: AdministrationConformance.Kind) async throws {
        let project = "a\(UInt32.random(in: .min ... .max))"
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        try await AdministrationConformance(Emulator.store(), project: project, now: now)
            .check(kind, seed: 32, count: 560)
    }
}
