// Asking the gate, and for what it leaves open the hook.
#include "http/admission.h"

#include "base/encoding.h"
#include "http/connection.h"
#include "http/hook_question.h"
#include "http/io_thread.h"
#include "http/refusals.h"

#include <chrono>
#include <string>
#include <utility>

namespace ds::http {

namespace {

// A page elsewhere can make a browser send a change with somebody's cookies. They count for a
// change only when the page is ours, or of an origin that was named.
Cookies cookies_of(Request const& request, Client const& client, IoThread& io,
                   Errand const& errand) {
    if (errand.right == Right::read) return Cookies::count;
    auto const origin = request.find("Origin");
    if (!origin) {
        auto const site = request.find("Sec-Fetch-Site");
        bool const by_page = site && *site != "same-origin" && *site != "none";
        return by_page ? Cookies::left_out : Cookies::count;
    }
    // What streams hold is shown in an origin of its own (Origin: null), which is never ours.
    auto const ours = std::string(client.scheme).append("://").append(client.host);
    if (equals_ignoring_case(*origin, ours)) return Cookies::count;
    auto const told = io.gate.cross_origin(request, errand.project);
    return told && !told->allowed.empty() ? Cookies::count : Cookies::left_out;
}

// What the hook says, if that is known: kept of before, or brought for this request.
std::optional<Verdict> known_verdict(HookQuestion const& question, Connection const& connection,
                                     Hook& hook) {
    if (auto const* brought = connection.verdicts())
        for (auto const& [asked, verdict] : *brought)
            if (asked == question.exact) return verdict;
    return hook.remembered(question);
}

} // namespace

std::optional<std::variant<Pass, Response>>
admission(Connection& connection, Request const& request, IoThread& io, Errand const& errand) {
    auto passed = io.gate.admit(request, errand);
    if (std::holds_alternative<AskHook>(passed)) {
        auto const client = connection.client_of(request);
        auto question =
            hook_question(request, client, errand, cookies_of(request, client, io, errand));
        auto& hook = *io.options.auth.hook;
        if (auto const verdict = known_verdict(question, connection, hook)) {
            passed = Gate::judged(request, *verdict);
        } else {
            auto const told = [&io, ticket = connection.ticket(),
                               exact = question.exact](Verdict const& brought) {
                io.deliver_verdict(ticket, exact, brought);
            };
            if (!hook.ask(std::move(question), told)) return refusal_response(Refusal::busy);
            connection.await_verdict();
            return std::nullopt;
        }
    }
    auto const* const pass = std::get_if<Pass>(&passed);
    if (pass == nullptr) return std::get<Response>(std::move(passed));
    // Once for each request, however often its route asks.
    if (io.limits.on() && connection.guest() != nullptr && connection.is_first_pass())
        if (auto refused = io.limits.refuse_project(*connection.guest(), request,
                                                    std::chrono::steady_clock::now()))
            return *std::move(refused);
    return *pass;
}

std::optional<Pass> admitted(Connection& connection, Request const& request, IoThread& io,
                             Errand const& errand) {
    auto passed = admission(connection, request, io, errand);
    if (!passed) return std::nullopt;
    if (auto const* pass = std::get_if<Pass>(&*passed)) return *pass;
    connection.respond(std::get<Response>(*std::move(passed)));
    return std::nullopt;
}

} // namespace ds::http
