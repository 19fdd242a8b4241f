/// What the properties of communication count, for the probe's words.
#pragma once

namespace assay {

/// Messages that were held against what was sent.
inline constexpr const char* kMessagesChecked = "messages_checked";

}  // namespace assay
