import FilterConformance
import Foundation
import Testing

@Suite(Emulator.isThere) struct FilteredSearchTests {
    @Test(
        "A search under a filter finds just what brute force finds",
        arguments: FilterConformance.Way.allCases)
    func conformance(way: FilterConformance.Way) async throws {
        let name = "f\(UInt32.random(in: .min ... .max))"
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        try await FilterConformance(Emulator.store(), name: name, now: now)
            .check(way, seed: 21, count: 90, searches: 6)
    }
}
