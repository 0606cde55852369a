import ArgumentParser
import Whiplash

/// What is asked of one search and of many alike.
struct SearchOptions: ParsableArguments {
    @Option(help: "Leave out what has a smaller score.") var minScore: Float?
    @Option(help: "Leave out what is farther away.") var maxDistance: Float?
    @Option(help: "Only items whose metadata pass this filter, a JSON object.") var filter: String?
    @Option(help: "The group to search in, in a collection with groups.") var group: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Every best match for sure, if need be by reading every vector; the default in a group alone.")
    var exact: Bool?
    @Option(help: "The share of the nearest to find, 0.5 to 0.997: less reads fewer vectors.")
    var targetRecall: Double?
    @Flag(help: "May miss what was written in the last five seconds.") var eventual = false

    func validate() throws {
        guard let targetRecall else { return }
        let range = SearchRequest.targetRecallRange
        if !(range ~= targetRecall) {
            throw ValidationError("--target-recall has to be \(range.lowerBound) to \(range.upperBound).")
        }
        if exact ?? false { throw ValidationError("--target-recall is for a search without --exact.") }
        if group != nil { throw ValidationError("--target-recall is for a search without --group.") }
    }

    func apply(to request: inout SearchRequest) throws {
        (request.minScore, request.maxDistance) = (minScore, maxDistance)
        request.filter = try filter.map(parseFilter)
        (request.group, request.exact, request.eventual) = (group, exact, eventual)
        request.targetRecall = targetRecall
    }
}
