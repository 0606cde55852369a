import GroupConformance
import Testing
import VectorIndex

@Suite(Emulator.isThere) struct GroupSearchTests {
    @Test(
        "A search in a group finds just what brute force finds",
        arguments: Metric.allCases.map { GroupConformance.Case(16, $0, rounds: 1) }
            + [.init(384, .cosine, rounds: 1), .init(384, .dot, .float16, rounds: 1)])
    func exactness(kind: GroupConformance.Case) async throws {
        let name = "g\(UInt32.random(in: .min ... .max))"
        try await GroupConformance(Emulator.store(), name: name).check(kind, seed: 12)
    }
}
