// What the hook is told, in order, and what its verdict is kept for.
#include "service/access/hook_question.h"

#include "base/crypto.h"
#include "base/encoding.h"

namespace ds::access {

namespace {

std::string_view right_name(Right right) {
    switch (right) {
    case Right::read:
    case Right::join: return "read";
    case Right::write: return "write";
    case Right::manage: break;
    }
    return "manage";
}

} // namespace

HookQuestion hook_question(AccessRequest const& wanted, Caller const& caller) {
    HookQuestion question;
    std::string said; // all but the URI, a line for each: none contains a line break
    auto const tell = [&](std::string_view name, std::string_view value) {
        question.headers.add(name, value);
        said.append(name).append(":").append(value).append("\n");
    };
    tell("X-Original-Method", caller.method);
    tell("X-Forwarded-For", caller.address);
    tell("X-Forwarded-Host", caller.host);
    tell("X-Forwarded-Proto", caller.scheme);
    tell("Stream-Right", right_name(wanted.right));
    tell("Stream-Project", wanted.project);
    if (!wanted.stream.empty()) tell("Stream-Name", percent_encode(wanted.stream, "/"));
    for (auto const& [name, value] : caller.headers)
        tell(name, value);
    question.headers.add("X-Original-URI", caller.uri);
    question.exact = sha256(said + caller.uri);
    question.kept = sha256(said + caller.settled_uri);
    return question;
}

} // namespace ds::access
