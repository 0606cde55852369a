/// Calls `body` with each term of a text, in order.
///
/// - A word is a run of letters, digits and marks; whatever else stands between two of them parts them. Letters are
///   lower-cased and folded (`FoldedLetters`), decimal digits of any script and full-width forms become ASCII. There is no stemming,
///   and no word is left out.
/// - Scripts that do not part words by spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) give every pair of
///   neighbouring characters; an ideograph counts alone as well, and so does any character that has no neighbour.
///
/// Only Unicode properties of the standard library are asked, so that the terms are the same on every platform.
func forEachTerm(in text: String, _ body: (Term) -> Void) {
    var cutter = TermCutter()
    for scalar in text.unicodeScalars { cutter.take(scalar, body) }
    cutter.finish(body)
}

/// The word, or the run of characters of a script without spaces, that a text's reader is in.
private struct TermCutter {
    private var word: [UInt8] = []
    private var isFull = false
    private var run: [Unicode.Scalar] = []

    mutating func take(_ scalar: Unicode.Scalar, _ body: (Term) -> Void) {
        if scalar.isASCII {
            guard let byte = scalar.foldedASCII else { return finish(body) }
            if !run.isEmpty { finish(body) }
            return append([byte])
        }
        switch scalar.role {
        case .letter:
            if !run.isEmpty { finish(body) }
            appendFolded(scalar)
        case .unspaced:
            if !word.isEmpty { finish(body) }
            run.append(scalar)
        case .mark: if !word.isEmpty { appendFolded(scalar) }
        case .ignored: break
        case .separator: finish(body)
        }
    }

    mutating func finish(_ body: (Term) -> Void) {
        if !word.isEmpty {
            body(Term(text: String(decoding: word, as: UTF8.self)))
            word.removeAll(keepingCapacity: true)
            isFull = false
        }
        if run.isEmpty { return }
        for (index, scalar) in run.enumerated() {
            if run.count == 1 || scalar.isIdeograph { body(Term(text: String(scalar))) }
            if index + 1 < run.count { body(Term(text: String(scalar) + String(run[index + 1]))) }
        }
        run.removeAll(keepingCapacity: true)
    }

    private mutating func appendFolded(_ scalar: Unicode.Scalar) {
        if let digit = scalar.decimalDigit { return append([UInt8(ascii: "0") + digit]) }
        for lower in scalar.halfWidth.properties.lowercaseMapping.unicodeScalars where !lower.isFoldedMark {
            append(FoldedLetters.bytes(for: lower) ?? Array(String(lower).utf8))
        }
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        if word.count + bytes.count > Term.maxBytes { isFull = true }
        if !isFull { word.append(contentsOf: bytes) }
    }
}

extension Unicode.Scalar {
    fileprivate enum Role {
        case letter, mark, unspaced, ignored, separator
    }

    fileprivate var role: Role {
        if isFoldedMark { return .ignored }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return isUnspaced ? .unspaced : .letter
        case .decimalNumber, .letterNumber, .otherNumber: return isIdeograph ? .unspaced : .letter
        case .nonspacingMark, .spacingMark, .enclosingMark: return isUnspaced ? .unspaced : .mark
        // Joiners, soft hyphens, marks of direction: a word goes on through them.
        case .format: return .ignored
        default: return .separator
        }
    }

    /// The lower-case letter or digit; nil of any other ASCII character.
    fileprivate var foldedASCII: UInt8? {
        switch UInt8(ascii: self) {
        case let byte where UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte: byte
        case let byte where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte: byte
        case let byte where UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte: byte + 32
        default: nil
        }
    }

    /// The combining marks of Latin, Greek and Cyrillic, and variation selectors. Those of other scripts are vowels and belong to the word.
    fileprivate var isFoldedMark: Bool { 0x300...0x36F ~= value || 0xFE00...0xFE0F ~= value }

    fileprivate var decimalDigit: UInt8? {
        guard properties.numericType == .decimal, let value = properties.numericValue else { return nil }
        return UInt8(value)
    }

    /// ASCII for the full-width forms of it; else itself.
    fileprivate var halfWidth: Unicode.Scalar {
        guard 0xFF01...0xFF5E ~= value, let narrow = Unicode.Scalar(value - 0xFEE0) else { return self }
        return narrow
    }

    fileprivate var isIdeograph: Bool { properties.isIdeographic || value == 0x3005 }

    /// Of a script that does not part words by spaces, or Korean, whose words carry their particles.
    fileprivate var isUnspaced: Bool {
        if isIdeograph { return true }
        return switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true  // Thai, Lao, Burmese, Khmer
        case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF: true  // Korean
        case 0x3040...0x312F, 0x31A0...0x31BF, 0x31F0...0x31FF, 0xFF66...0xFF9F: true  // Japanese, Bopomofo
        default: false
        }
    }
}
