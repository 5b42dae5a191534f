// The order's page: a picture that the browser cannot show becomes its file name.
(function () {
  "use strict";
  const { all, find } = window.Inhands;
  all("img[data-picture]").forEach(function (image) {
    const swap = function () { image.hidden = true; find(".file-name", image.parentElement).hidden = false; };
    image.addEventListener("error", swap);
    if (image.complete && !image.naturalWidth) swap();
  });
})();
