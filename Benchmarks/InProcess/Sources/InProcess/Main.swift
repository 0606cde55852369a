/// Whiplash as a library in a program, measured from inside: `InProcess ingest|ingest-tuned|search|groups|filters --folder … --base …`.
///
/// Speaks the lines that `Benchmarks/benchmark/worker.py` describes.
@main
struct Main {
    static func main() async throws {
        do {
            let words = CommandLine.arguments.dropFirst()
            let options = try Options(words.dropFirst())
            switch words.first {
            case "ingest": try await ingest(options)
            case "ingest-tuned": try await ingest(options, tunes: true)
            case "search": try await search(options)
            case "groups": try await groups(options)
            case "filters": try await filters(options)
            default: throw Failure("expected ingest, search, groups or filters")
            }
        } catch {
            try say(Failed(error: "\(error)"))
        }
    }
}
