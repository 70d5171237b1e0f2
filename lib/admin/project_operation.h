// What an operator does with projects: JSON arguments in, a JSON document out. (admin/operate.h)
//
//     {}                                            {"projects":[{"name",..},..]}
//     {"name","do":"show"}                          its settings; keys by their fingerprints
//     {"name","do":"create","settings"?}            with its first secret, which is told once
//     {"name","do":"remove"}
//     {"name","do":"set","settings":{..}}           changes those members, never the secrets
//     {"name","do":"add-key","secret"?}             the new one signs from now on; told once
//     {"name","do":"remove-key","key"}              by its fingerprint
//     {"name","do":"add-origin"|"remove-origin","origin"}
//     {"name","do":"token","scope","seconds","stream"?}     a signed token
//     {"name","do":"reader-key","stream"}           changes the reader key of a stream
#pragma once

#include "admin/console.h"
#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace ds {

// Fault::missing when there is no such project, Fault::busy when there is one already.
Result<std::string> project_operation(Console& console, std::string_view arguments);

// What "token" answers: {"token","expires"}, signed with this secret, for the project "name" of the
// arguments.
Result<std::string> mint_token(std::string_view arguments, std::string_view secret, Millis now);

} // namespace ds
