import FoundationEssentials
import Testing

@testable import WhiplashSettings

/// `.env.example` is the settings' documentation; these hold the two together.
@Suite struct ExampleFileTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: ".env.example"), encoding: .utf8)
    }

    @Test func linesThatAreOnAreTheDefaults() throws {
        let defaults = Settings.keys.compactMap { key in key.defaultValue.map { (key.name, $0) } }
        #expect(try DotEnv(parsing: text).values == Dictionary(uniqueKeysWithValues: defaults))
    }

    @Test func everyOtherKeyIsThereCommentedOut() throws {
        let lines = text.split(separator: "\n").filter { line in
            line.hasPrefix("# ") && line.dropFirst(2).prefix { $0.isUppercase || $0 == "_" }.count > 1
                && line.contains("=") && !line.dropFirst(2).prefix(while: { $0 != "=" }).contains(" ")
        }
        let names = lines.map { $0.dropFirst(2).prefix { $0 != "=" } }.map(String.init)
        #expect(names.sorted() == Settings.keys.filter { $0.defaultValue == nil }.map(\.name).sorted())
    }

    @Test func everyKeyIsOnceInTheListAndSaysWhatItIsFor() {
        #expect(Set(Settings.keys.map(\.name)).count == Settings.keys.count)
        #expect(Settings.keys.allSatisfy { $0.summary.count > 10 && !$0.summary.contains("\n") })
    }
}
