// The keys of a project, told apart by their fingerprints, and the project as a document that shows
// no secret.
#pragma once

#include "auth/projects.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace ds {

// Which secret is meant, without telling it: the first digits of its SHA-256.
std::string fingerprint_of(std::string_view secret);

// The new one signs from now on. Fault::busy when it is there already, or there are too many.
Result<void> add_secret(ProjectSettings& settings, std::string const& secret);
// Fault::missing when there is none of that fingerprint, Fault::busy for the last one.
Result<void> remove_secret(ProjectSettings& settings, std::string_view fingerprint);

// {"name":..,"keys":["<fingerprint>",..], what is set but the secrets,"created":..}
std::string describe(Project const& project);
// {"projects":[{..},..]}, by name.
std::string describe(Projects::Directory const& directory);

} // namespace ds
