import Testing
import VectorIndex

@testable import Whiplash

@Suite struct TokenTests {
    private func terms(_ text: String) -> [String] {
        var terms: [String] = []
        forEachTerm(in: text) { terms.append($0.text) }
        return terms
    }

    @Test(
        "Texts are cut into words",
        arguments: [
            ("The quick, brown fox.", ["the", "quick", "brown", "fox"]),
            ("don't e-mail me@x.org", ["don", "t", "e", "mail", "me", "x", "org"]),
            ("RFC4231 3.14 C++ 🙂", ["rfc4231", "3", "14", "c"]), ("", []), (" \n—…", []),
            ("co\u{AD}operate a\u{200D}b", ["cooperate", "ab"]),
        ])
    func words(text: String, expected: [String]) { #expect(terms(text) == expected) }

    @Test(
        "Case, marks and variants are folded",
        arguments: [
            ("Zürich ZÜRICH Zu\u{308}rich", "zurich"), ("Straße STRASSE STRAẞE", "strasse"),
            ("Łódź łódź LODZ", "lodz"), ("İstanbul ISTANBUL istanbul", "istanbul"),
            ("Ἀθῆναι ΑΘΗΝΑΙ αθηναι", "αθηναι"), ("ΣΟΦΟΣ σοφος σοφοσ", "σοφοσ"),
            ("Ёлка елка ЕЛКА Е\u{308}лка", "елка"), ("việt VIỆT vie\u{323}\u{302}t", "viet"),
            ("ＡＢＣ１２ abc12", "abc12"), ("١٢٣ 123 १२३", "123"), ("œuvre ŒUVRE oeuvre", "oeuvre"),
        ])
    func folding(text: String, expected: String) {
        #expect(terms(text).allSatisfy { Array($0.utf8) == Array(expected.utf8) }, "\(terms(text))")
    }

    @Test(
        "Scripts without spaces are cut into pairs, ideographs alone as well",
        arguments: [
            ("東京都", ["東", "東京", "京", "京都", "都"]), ("猫", ["猫"]), ("ひらがな", ["ひら", "らが", "がな"]),
            ("食べる", ["食", "食べ", "べる"]), ("한국어 책", ["한국", "국어", "책"]), ("日々", ["日", "日々", "々"]),
            ("สวัสดี", ["สว", "วั", "ัส", "สด", "ดี"]), ("iPhone手机壳", ["iphone", "手", "手机", "机", "机壳", "壳"]),
        ])
    func unspacedScripts(text: String, expected: [String]) { #expect(terms(text) == expected) }

    @Test("Vowel signs of Indic scripts and Hebrew points stay with their word")
    func marks() {
        #expect(terms("हिन्दी भाषा") == ["हिन्दी", "भाषा"])
        #expect(terms("తెలుగు") == ["తెలుగు"])
    }

    @Test("Every letter that Unicode composes of a folded one and marks is folded")
    func foldsAllCompositions() {
        let bases = "abcdefghijklmnopqrstuvwxyzαεηιορυωавгежзиклопртуфцчшыэюяіѵәө".unicodeScalars
        let marks = (0x300...0x345 as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
        var composed: [String: Unicode.Scalar] = [:]
        for base in bases {
            for mark in marks { composed[String(base) + String(mark)] = base }
        }
        var count = 0
        for value in Array(0xC0...0x52F as ClosedRange<UInt32>)
            + Array(0x1E00...0x1FFF as ClosedRange<UInt32>)
        {
            // Equal to Swift is what is canonically equivalent.
            guard let letter = Unicode.Scalar(value), let base = composed[String(letter)] else { continue }
            #expect(terms(String(letter)) == [String(base)], "U+\(String(value, radix: 16))")
            count += 1
        }
        #expect(count > 250)
    }

    @Test("A long word is cut at a character, alike in any case")
    func longWords() {
        let long = String(repeating: "é", count: 50) + String(repeating: "ж", count: 50)
        let found = terms(long + " x")
        #expect(found.count == 2 && found[0].utf8.count <= Term.maxBytes)
        #expect(terms(long.uppercased()) == terms(long))
    }

    @Test(
        "A text's terms are those of its halves, wherever a space parts them",
        arguments: 1...5 as ClosedRange<UInt64>)
    func partition(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("aZé\u{301}ß9 .-_東かกั한ﬁ\u{200B}🙂İΣ१".unicodeScalars)
        func draw() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                if let scalar = alphabet.randomElement(using: &generator) { text.append(scalar) }
            }
            return String(text)
        }
        for _ in 0..<200 {
            let (left, right) = (draw(), draw())
            #expect(terms(left + " " + right) == terms(left) + terms(right), "seed \(seed)")
            #expect(terms(left).allSatisfy { !$0.isEmpty && $0.utf8.count <= Term.maxBytes }, "seed \(seed)")
            let counts = TermCounts(left)
            #expect(counts.length == terms(left).count, "seed \(seed)")
            #expect(counts.counts.values.reduce(0, +) == counts.length, "seed \(seed)")
        }
    }

    @Test("Terms are compared as bytes")
    func bytes() { #expect(Term(text: "\u{E9}") != Term(text: "e\u{301}")) }

    @Test("The logarithm is right to fourteen digits")
    func logarithm() {
        let known: [(Double, Double)] = [
            (1, 0), (2, 0.693147180559945309), (2.718281828459045, 1), (10, 2.302585092994045684),
            (1e9, 20.72326583694641116), (1.0000001, 9.9999995e-8), (1.41, 0.3435897043900769),
            (1.42, 0.3506568716131694), (100_001, 11.51293546492023),
        ]
        for (number, expected) in known {
            #expect(abs(naturalLogarithm(number) - expected) <= 1e-14 * max(1, expected), "\(number)")
        }
    }
}
