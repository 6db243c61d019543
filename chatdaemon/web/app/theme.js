// Before anything is drawn: as somebody has chosen, so that it does not flash.
try {
  const theme = localStorage.getItem("chatdaemon.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Nothing is kept here.
}
