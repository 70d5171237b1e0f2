// As much of XML as the answers of S3 are made of: elements, text and references.
//
// Attributes, comments and the declaration are passed over. A document type, CDATA and whatever is
// not well-formed are faults.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct XmlElement {
    std::string name;
    std::string text; // of its own, without that of the elements in it
    std::vector<XmlElement> children;

    // The text of the first child of that name; empty when there is none.
    std::string_view text_of(std::string_view child) const;
};

// The root of the document. Fault::io when it is none.
Result<XmlElement> parse_xml(std::string_view document);

} // namespace ds
